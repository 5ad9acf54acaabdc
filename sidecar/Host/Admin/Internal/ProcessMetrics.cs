using System.Diagnostics.Metrics;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>What the process itself costs.</summary>
internal sealed class ProcessMetrics : IDisposable
{
    private readonly Meter _meter = new("HaNatsBridge.Process");

    public ProcessMetrics()
    {
        _meter.CreateObservableGauge("process.rss_anon", () => RssAnon(), "By", "Anonymous resident memory of the sidecar");
        _meter.CreateObservableGauge("process.heap", () => GC.GetTotalMemory(false), "By", "Managed heap of the sidecar");
        _meter.CreateObservableCounter("process.gc", () => GC.CollectionCount(0), null, "Garbage collections");
    }

    /// <summary>Bytes; 0 where the system does not say.</summary>
    public static long RssAnon()
    {
        const string field = "RssAnon:";
        try
        {
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(one => one.StartsWith(field, StringComparison.Ordinal));
            var number = line?[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
            return long.TryParse(number, out var kibibytes) ? kibibytes * 1024 : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    public void Dispose() => _meter.Dispose();
}
