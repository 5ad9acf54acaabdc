using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>
/// Listens to every meter named <c>HaNatsBridge.…</c> and writes what it heard as Prometheus text (exposition format 0.0.4). Own code, because no exporter package
/// can be had everywhere. Bounded: after <see cref="MostSeries"/> series new ones are dropped and counted.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    public const int MostSeries = 2_000;
    private const string Family = "HaNatsBridge";
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Metric> _metrics = new(StringComparer.Ordinal);
    private int _series;
    private long _dropped;

    public PrometheusExporter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith(Family, StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measured(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Measured(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measured(instrument, value, tags));
        _listener.Start();
    }

    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_gate)
        {
            foreach (var (name, metric) in _metrics)
            {
                text.Append("# HELP ").Append(name).Append(' ').Append(metric.Help.ReplaceLineEndings(" ")).Append('\n')
                    .Append("# TYPE ").Append(name).Append(' ').Append(metric.Type).Append('\n');
                foreach (var (labels, series) in metric.Series)
                {
                    series.Write(text, name, labels);
                }
            }

            text.Append("# TYPE hanatsbridge_metric_series_dropped_total counter\nhanatsbridge_metric_series_dropped_total ")
                .Append(_dropped.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private static string NameOf(Instrument instrument, string type)
    {
        var text = new StringBuilder();
        foreach (var character in instrument.Name)
        {
            text.Append(char.IsAsciiLetterOrDigit(character) ? char.ToLowerInvariant(character) : '_');
        }

        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", "ms" => "_milliseconds", _ => "" };
        var name = text.ToString();
        name = unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal) ? name + unit : name;
        name = type == "counter" && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
        return name.StartsWith("hanatsbridge_", StringComparison.Ordinal) ? name : "hanatsbridge_" + name;
    }

    private static string TypeOf(Instrument instrument)
    {
        var kind = instrument.GetType().Name;
        return kind.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
            : kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal) ? "counter"
            : "gauge";
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(key.Replace('.', '_')).Append("=\"")
                .Append(Convert.ToString(value, CultureInfo.InvariantCulture)?.Replace("\\", "\\\\", StringComparison.Ordinal)
                    .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
                .Append('"');
        }

        return text.ToString();
    }

    private void Measured(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelsOf(tags);
        lock (_gate)
        {
            var type = TypeOf(instrument);
            var name = NameOf(instrument, type);
            if (!_metrics.TryGetValue(name, out var metric))
            {
                _metrics[name] = metric = new Metric(type, instrument.Description ?? instrument.Name);
            }

            if (!metric.Series.TryGetValue(labels, out var series))
            {
                if (_series == MostSeries)
                {
                    _dropped++;
                    return;
                }

                _series++;
                metric.Series[labels] = series = type == "histogram" ? new HistogramSeries(instrument.Unit) : new NumberSeries();
            }

            // What an observable instrument tells is the whole; what a counter tells is more.
            series.Add(value, replaces: instrument.IsObservable || instrument.GetType().Name.StartsWith("Gauge", StringComparison.Ordinal));
        }
    }

    private sealed record Metric(string Type, string Help)
    {
        public SortedDictionary<string, MetricSeries> Series { get; } = new(StringComparer.Ordinal);
    }
}
