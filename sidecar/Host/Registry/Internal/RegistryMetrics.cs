using System.Diagnostics.Metrics;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>What the room counts, meter <c>HaNatsBridge.Registry</c>.</summary>
internal sealed class RegistryMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "HaNatsBridge.Registry";

    private readonly Meter _meter;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _unchanged;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _notStored;
    private readonly Counter<long> _removed;
    private readonly Counter<long> _leftOut;
    private long _droppedCount;
    private long _repliesRefused;
    private long _rejectedCount;
    private long _acceptedCount;

    public RegistryMetrics(IMeterFactory meters, DeviceRegistry registry)
    {
        _meter = meters.Create(MeterName);
        _accepted = _meter.CreateCounter<long>(
            "registry.announcements.accepted", description: "Announcements that changed the registry");
        _unchanged = _meter.CreateCounter<long>(
            "registry.announcements.unchanged", description: "Announcements that changed nothing");
        _rejected = _meter.CreateCounter<long>("registry.announcements.rejected", description: "Announcements that were refused");
        _notStored = _meter.CreateCounter<long>(
            "registry.announcements.not_stored", description: "Announcements that could not be stored or were too many at once");
        _removed = _meter.CreateCounter<long>("registry.devices.removed", description: "Devices that were removed");
        _leftOut = _meter.CreateCounter<long>(
            "registry.refusals.left_out", description: "Refusals that were too many to be stored");
        _meter.CreateObservableCounter(
            "registry.messages.dropped",
            () => DroppedCount,
            description: "Messages that found no room in a subscription's buffer");
        _meter.CreateObservableCounter(
            "registry.replies.refused",
            () => RepliesRefused,
            description: "Requests whose reply subject is no inbox, which are not answered");
        _meter.CreateObservableGauge("registry.devices", () => registry.Count, description: "Devices in the registry");
    }

    /// <summary>How many were accepted, unchanged ones included.</summary>
    public long AcceptedCount => Volatile.Read(ref _acceptedCount);

    /// <summary>How many were refused.</summary>
    public long RejectedCount => Volatile.Read(ref _rejectedCount);

    /// <summary>How many found no room in a subscription's buffer.</summary>
    public long DroppedCount => Volatile.Read(ref _droppedCount);

    /// <summary>How many have a reply subject that is not answered.</summary>
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

    public void RejectedLeftOut() => _leftOut.Add(1);


    public void Dispose() => _meter.Dispose();
}
