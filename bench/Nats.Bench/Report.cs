using System.Globalization;

namespace HaNatsBridge.Nats.Bench;

/// <summary>Rows of a Markdown table: ours beside the floor, the median of the rounds.</summary>
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
        var latency = mine!.Latencies is null
            ? " | | | "
            : Text($"{Micro(mine, 0.5):F0} | {Micro(mine, 0.99):F0} | {(raw?.Latencies is null ? "" : Text($"{Micro(raw, 0.5):F0}"))} | {(raw?.Latencies is null ? "" : Text($"{Micro(mine, 0.5) / Micro(raw, 0.5):F2}"))}");
        output.WriteLine(Text($"| {name} | {size} | {mine.PerSecond:N0} | {(raw is null ? "" : Text($"{raw.PerSecond:N0}"))} | {share} | {mine.CpuNanoseconds:F0} | {raw?.CpuNanoseconds ?? 0:F0} | {latency} | {mine.BytesPerMessage:F1} |"));
        output.Flush();
    }

    private static Measurement? Median(IReadOnlyList<Measurement> all) => all.Count == 0 ? null : all.OrderBy(static x => x.PerSecond).ElementAt(all.Count / 2);

    private static double Micro(Measurement m, double share) => m.Percentile(share).TotalMicroseconds;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
