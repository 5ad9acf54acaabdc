using System.Globalization;

namespace HaNatsBridge.Nats.Bench;

/// <summary>
/// Rows of a Markdown table: ours, or another client's, beside the floor. All figures are medians of the turns; a share or ratio is the median of those of the pairs, with its quartiles and its ends:
/// <c>97 % (93–101; 80–115)</c>.
/// </summary>
public sealed class Report(TextWriter output)
{
    public void Begin(string title)
    {
        output.WriteLine($"\n### {title}\n");
        output.WriteLine("| case | bytes | messages/s | floor/s | share of floor (quartiles; ends) | CPU ns/message | floor CPU ns | p50 µs | p99 µs | floor p50 µs | p50 ÷ floor (quartiles; ends) | allocated bytes/message (most) |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    }

    public void Row(string name, int size, IReadOnlyList<Measurement> ours, IReadOnlyList<Measurement>? floor)
    {
        var share = floor is null ? null : Spread.Of(ours.Zip(floor, static (x, y) => 100 * x.PerSecond / y.PerSecond));
        var shareText = share is null ? "" : Text($"{share.Median:F0} % ({share.Lower:F0}–{share.Upper:F0}; {share.Least:F0}–{share.Most:F0})");
        var bytes = ours[0].BytesPerMessage is null ? null : Spread.Of(ours.Select(static x => x.BytesPerMessage!.Value));
        var bytesText = bytes is null ? "" : Text($"{bytes.Median:F1} ({bytes.Most:F1})");
        output.WriteLine(Text(
            $"| {name} | {size} | {Median(ours, static x => x.PerSecond):N0} | {Median(floor, static x => x.PerSecond):N0} | {shareText} | {Median(ours, static x => x.CpuNanoseconds):F0} | {Median(floor, static x => x.CpuNanoseconds):F0} | {LatencyText(ours, floor)} | {bytesText} |"));
        output.Flush();
    }

    private static string LatencyText(IReadOnlyList<Measurement> ours, IReadOnlyList<Measurement>? floor)
    {
        if (ours[0].Latency is null)
        {
            return " | | | ";
        }

        var ratio = floor is null ? null : Spread.Of(ours.Zip(floor, static (x, y) => x.Latency!.P50 / y.Latency!.P50));
        var ratioText = ratio is null ? "" : Text($"{ratio.Median:F2} ({ratio.Lower:F2}–{ratio.Upper:F2}; {ratio.Least:F2}–{ratio.Most:F2})");
        return Text(
            $"{Median(ours, static x => x.Latency!.P50.TotalMicroseconds):F0} | {Median(ours, static x => x.Latency!.P99.TotalMicroseconds):F0} | {Median(floor, static x => x.Latency!.P50.TotalMicroseconds):F0} | {ratioText}");
    }

    private static double? Median(IReadOnlyList<Measurement>? all, Func<Measurement, double> figure) => all is null ? null : Spread.Of(all.Select(figure)).Median;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
