using System.Globalization;

namespace HaNatsBridge.Nats.Bench;

/// <summary>Rows of a Markdown table: ours, or another client's, beside the floor; the median of the rounds.</summary>
public sealed class Report(TextWriter output)
{
    public void Begin(string title)
    {
        output.WriteLine($"\n### {title}\n");
        output.WriteLine("| case | bytes | messages/s | floor/s | share of floor | CPU ns/message | floor CPU ns | p50 µs | p99 µs | floor p50 µs | p50 ÷ floor | allocated bytes/message |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    }

    public void Row(string name, int size, IReadOnlyList<Measurement> ours, IReadOnlyList<Measurement> floor)
    {
        var (mine, raw) = (Median(ours), Median(floor));
        var share = raw is null ? "" : Text($"{mine!.PerSecond / raw.PerSecond:P0}");
        var latency = mine!.Latency is not { } own
            ? " | | | "
            : Text($"{own.P50.TotalMicroseconds:F0} | {own.P99.TotalMicroseconds:F0} | {raw?.Latency?.P50.TotalMicroseconds:F0} | {own.P50 / raw?.Latency?.P50:F2}");
        output.WriteLine(Text($"| {name} | {size} | {mine.PerSecond:N0} | {raw?.PerSecond:N0} | {share} | {mine.CpuNanoseconds:F0} | {raw?.CpuNanoseconds:F0} | {latency} | {mine.BytesPerMessage:F1} |"));
        output.Flush();
    }

    private static Measurement? Median(IReadOnlyList<Measurement> all) => all.Count == 0 ? null : all.OrderBy(static x => x.PerSecond).ElementAt(all.Count / 2);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
