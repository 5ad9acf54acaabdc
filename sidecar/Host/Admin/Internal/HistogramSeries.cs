using System.Globalization;
using System.Text;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>A histogram with buckets for durations from half a millisecond to a minute, in the instrument's unit (s, else ms).</summary>
internal sealed class HistogramSeries(string? unit) : MetricSeries
{
    private static readonly double[] Seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    private static readonly double[] Milliseconds = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];
    private readonly double[] _bounds = unit == "s" ? Seconds : Milliseconds;
    private readonly long[] _counts = new long[Seconds.Length + 1];
    private double _sum;

    public override void Add(double value, bool replaces)
    {
        var at = Array.FindIndex(_bounds, bound => value <= bound);
        _counts[at < 0 ? _bounds.Length : at]++;
        _sum += value;
    }

    public override void Write(StringBuilder text, string name, string labels)
    {
        var before = labels.Length > 0 ? labels + "," : "";
        long total = 0;
        for (var i = 0; i < _bounds.Length; i++)
        {
            total += _counts[i];
            Line(text, name + "_bucket", $"{before}le=\"{_bounds[i].ToString("R", CultureInfo.InvariantCulture)}\"", total);
        }

        total += _counts[^1];
        Line(text, name + "_bucket", before + "le=\"+Inf\"", total);
        Line(text, name + "_sum", labels, _sum);
        Line(text, name + "_count", labels, total);
    }
}
