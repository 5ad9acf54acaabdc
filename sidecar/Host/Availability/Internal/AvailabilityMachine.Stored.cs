using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>What KV holds, and what has yet to be written there.</summary>
internal sealed partial class AvailabilityMachine
{
    /// <summary>Whether something waits to be written.</summary>
    public bool HasUnwritten
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count > 0;
            }
        }
    }

    /// <summary>What KV holds of the device; null: nothing.</summary>
    public AvailabilityRecord? StoredOf(DeviceId id)
    {
        lock (_gate)
        {
            return _devices.TryGetValue(id, out var device) ? device.Stored : null;
        }
    }

    /// <summary>KV holds this record: read at the start, written by this or another sidecar.</summary>
    public void Stored(DeviceId id, AvailabilityRecord record, ulong revision, long now)
    {
        lock (_gate)
        {
            _now = now;
            var device = _devices.GetOrAdd(id, static key => new TrackedDevice(key));
            if (revision <= device.Revision)
            {
                return;
            }

            device.Stored = record;
            device.Revision = revision;
            device.IsWriting = false;
            if (device.Decided is null || !_isLeading)
            {
                device.Decide(record, now);
                PutOnWheel(device);
            }
            else
            {
                // Another record than the leader's own is from a former leader, and is written over.
                QueueIfChanged(device);
            }
        }
    }

    /// <summary>The record is gone from KV: its device was removed.</summary>
    public void StoredGone(DeviceId id, ulong revision)
    {
        lock (_gate)
        {
            if (_devices.TryGetValue(id, out var device) && revision > device.Revision)
            {
                device.Stored = null;
                device.Revision = 0;
                device.IsWriting = false;
                if (device.Terms is null || !_isLeading)
                {
                    device.Decide(null, 0);
                }
                else
                {
                    // Its removal from the registry arrives within the next tick. If not, it was announced again meanwhile.
                    Queue(device);
                }

                DropIfUnknown(device);
            }
        }
    }

    /// <summary>
    /// What has to be written, at most <paramref name="limit"/>. Each stays under way until <see cref="Stored"/> or
    /// <see cref="NotWritten"/>.
    /// </summary>
    public IReadOnlyList<AvailabilityChange> TakeChanges(int limit)
    {
        lock (_gate)
        {
            var changes = new List<AvailabilityChange>(Math.Min(limit, _queue.Count));
            while (changes.Count < limit && _queue.TryDequeue(out var device))
            {
                device.IsQueued = false;
                if (IsChanged(device))
                {
                    device.IsWriting = true;
                    var record = device.Decided! with { Fence = _fence };
                    changes.Add(
                        new AvailabilityChange(device.Id, record, device.Revision, device.Stored?.Online != record.Online));
                }
            }

            return changes;
        }
    }

    /// <summary>
    /// A change could not be written: it comes again with the next tick. At once would be a loop without a pause while KV is away
    /// and says so immediately.
    /// </summary>
    public void NotWritten(DeviceId id)
    {
        lock (_gate)
        {
            if (_devices.TryGetValue(id, out var device))
            {
                device.IsWriting = false;
                Queue(device);
            }
        }
    }

    private void QueueIfChanged(TrackedDevice device)
    {
        if (IsChanged(device) && Queue(device))
        {
            HasChanges?.Invoke();
        }
    }

    private bool Queue(TrackedDevice device)
    {
        if (device.IsQueued || !_isLeading)
        {
            return false;
        }

        device.IsQueued = true;
        _queue.Enqueue(device);
        return true;
    }

    /// <summary>Whether it has to be written. What a newer sidecar wrote stays as it is.</summary>
    private bool IsChanged(TrackedDevice device) =>
        _isLeading && !device.IsWriting && device is { Terms: not null, Decided: { } decided }
            && device.Stored is not { Format: > AvailabilityRecord.CurrentFormat }
        && (device.Stored is null || !decided.Matches(device.Stored));

    private void DropIfUnknown(TrackedDevice device)
    {
        if (device.Terms is null && device.Stored is null)
        {
            _devices.TryRemove(device.Id, out _);
        }
    }
}
