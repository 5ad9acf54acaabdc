using System.Diagnostics.Metrics;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>What the room counts, meter <c>HaNatsBridge.Discovery</c>.</summary>
internal sealed class DiscoveryMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "HaNatsBridge.Discovery";

    private readonly Meter _meter;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _unchanged;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _notStored;
    private readonly Counter<long> _removed;
    private readonly Counter<long> _rejectedUntold;
    private readonly Counter<long> _lookupsFailed;
    private long _droppedCount;
    private long _repliesRefused;
    private long _rejectedCount;
    private long _acceptedCount;

    public DiscoveryMetrics(IMeterFactory meters, DeviceRegistry registry, AvailabilityJudge judge)
    {
        _meter = meters.Create(MeterName);
        _accepted = _meter.CreateCounter<long>("discovery.announcements.accepted", description: "Announcements that changed the registry");
        _unchanged = _meter.CreateCounter<long>("discovery.announcements.unchanged", description: "Announcements that said the same again");
        _rejected = _meter.CreateCounter<long>("discovery.announcements.rejected", description: "Announcements that were refused");
        _notStored = _meter.CreateCounter<long>("discovery.announcements.not_stored", description: "Announcements that could not be stored or were too many at once");
        _removed = _meter.CreateCounter<long>("discovery.devices.removed", description: "Devices that were forgotten on request");
        _rejectedUntold = _meter.CreateCounter<long>("discovery.rejected.left_out", description: "Refusals that were too many to be kept for people");
        _lookupsFailed = _meter.CreateCounter<long>("discovery.connections.lookups_failed", description: "Announcements whose connection could not be looked for and is looked for again");
        _meter.CreateObservableCounter("discovery.messages.dropped", () => DroppedCount, description: "Messages that found no room in a subscription's buffer");
        _meter.CreateObservableCounter("discovery.replies.refused", () => RepliesRefused, description: "Requests whose reply subject is no inbox, which are not answered");
        _meter.CreateObservableGauge("discovery.devices", () => registry.Count, description: "Devices in the registry");
        _meter.CreateObservableGauge("discovery.devices.online", () => judge.OnlineCount, description: "Devices that count as online");
        _meter.CreateObservableCounter("discovery.leases.expired", () => judge.Expired, description: "Leases that ran out");
    }

    /// <summary>How many were accepted, said the same again included.</summary>
    public long AcceptedCount => Volatile.Read(ref _acceptedCount);

    /// <summary>How many were refused.</summary>
    public long RejectedCount => Volatile.Read(ref _rejectedCount);

    /// <summary>How many found no room in a subscription's buffer.</summary>
    public long DroppedCount => Volatile.Read(ref _droppedCount);

    /// <summary>How many asked for their reply where nobody is answered.</summary>
    public long RepliesRefused => Volatile.Read(ref _repliesRefused);

    public void Dropped() => Interlocked.Increment(ref _droppedCount);

    public void ReplyRefused() => Interlocked.Increment(ref _repliesRefused);

    public void Accepted(bool isNew)
    {
        Interlocked.Increment(ref _acceptedCount);
        (isNew ? _accepted : _unchanged).Add(1);
    }

    public void Rejected()
    {
        Interlocked.Increment(ref _rejectedCount);
        _rejected.Add(1);
    }

    public void NotStored() => _notStored.Add(1);

    public void Removed() => _removed.Add(1);

    public void RejectedLeftOut() => _rejectedUntold.Add(1);

    public void LookupFailed() => _lookupsFailed.Add(1);

    public void Dispose() => _meter.Dispose();
}
