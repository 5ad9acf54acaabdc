using System.Diagnostics.Metrics;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>The meter <c>HaNatsBridge.Commands</c>.</summary>
internal sealed class CommandMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _commands;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _audits;
    private long _auditsDropped;
    private long _auditsShortened;
    private long _executed;

    public CommandMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("HaNatsBridge.Commands");
        _commands = _meter.CreateCounter<long>("hanatsbridge.commands", "{command}", "Commands by outcome.");
        _duration = _meter.CreateHistogram<double>("hanatsbridge.commands.duration", "ms", "From the call to the outcome.");
        _audits = _meter.CreateCounter<long>("hanatsbridge.commands.audits", "{record}", "Audit records that JetStream has acknowledged.");
        _meter.CreateObservableCounter("hanatsbridge.commands.audits_dropped", () => AuditsDropped, "{record}", "Audit records lost because too many waited.");
        _meter.CreateObservableCounter("hanatsbridge.commands.audits_shortened", () => AuditsShortened, "{record}", "Audit records kept without their parameters because too large ones waited.");
    }

    public long AuditsDropped => Interlocked.Read(ref _auditsDropped);

    public long AuditsShortened => Interlocked.Read(ref _auditsShortened);

    public long Executed => Interlocked.Read(ref _executed);

    public void Done(string outcome, double milliseconds)
    {
        Interlocked.Increment(ref _executed);
        _commands.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        _duration.Record(milliseconds);
    }

    public void Audited() => _audits.Add(1);

    public void AuditDropped() => Interlocked.Increment(ref _auditsDropped);

    public void AuditShortened() => Interlocked.Increment(ref _auditsShortened);

    public void Dispose() => _meter.Dispose();
}
