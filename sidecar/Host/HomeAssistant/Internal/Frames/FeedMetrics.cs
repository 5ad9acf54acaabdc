using System.Diagnostics.Metrics;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Frames;

/// <summary>The meter <c>HaNatsBridge.HomeAssistant</c>.</summary>
internal sealed class FeedMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _batches;
    private readonly Counter<long> _entries;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _tooSlow;
    private readonly Counter<long> _reported;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _requests;
    private int _clients;

    public FeedMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("HaNatsBridge.HomeAssistant");
        _batches = _meter.CreateCounter<long>("hanatsbridge.hub.batches", "{batch}", "Batches sent to clients.");
        _entries = _meter.CreateCounter<long>("hanatsbridge.hub.entries", "{entry}", "Entries in those batches.");
        _bytes = _meter.CreateCounter<long>("hanatsbridge.hub.sent", "By", "Bytes of those batches.");
        _tooSlow = _meter.CreateCounter<long>(
            "hanatsbridge.hub.too_slow", "{client}", "Clients closed because they did not read for 60 s.");
        _reported = _meter.CreateCounter<long>("hanatsbridge.hub.reported", "{event}", "Home Assistant's own events stored.");
        _rejected = _meter.CreateCounter<long>(
            "hanatsbridge.hub.report_rejected", "{event}", "Home Assistant's own events that were malformed or too large.");
        _requests = _meter.CreateCounter<long>(
            "hanatsbridge.hub.requests", "{request}", "Requests from NATS to Home Assistant, by outcome.");
        _meter.CreateObservableGauge("hanatsbridge.hub.clients", () => Clients, "{client}", "Connected clients.");
    }

    public int Clients => Volatile.Read(ref _clients);

    public void Batch(int entries, int bytes)
    {
        _batches.Add(1);
        _entries.Add(entries);
        _bytes.Add(bytes);
    }

    public void Connected() => Interlocked.Increment(ref _clients);

    public void Disconnected() => Interlocked.Decrement(ref _clients);

    public void TooSlow() => _tooSlow.Add(1);

    public void Reported(int stored, int rejected)
    {
        _reported.Add(stored);
        _rejected.Add(rejected);
    }

    public void Requested(string? code) => _requests.Add(1, new KeyValuePair<string, object?>("outcome", code ?? "ok"));

    public void Dispose() => _meter.Dispose();
}
