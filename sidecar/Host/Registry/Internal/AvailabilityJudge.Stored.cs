using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>What KV holds of the verdicts, and what has yet to be written there.</summary>
internal sealed partial class AvailabilityJudge
{
    /// <summary>Whether something waits to be written.</summary>
    public bool HasUnwritten
    {
        get
        {
            lock (_gate)
            {
                return _dirty.Count > 0;
            }
        }
    }

    /// <summary>KV holds this record: read at the start, written by us or by another sidecar.</summary>
    public void Stored(DeviceId id, AvailabilityRecord record, ulong revision, long now)
    {
        lock (_gate)
        {
            _newest = Math.Max(_newest, revision);
            var device = _devices.GetOrAdd(id, static key => new JudgedDevice(key));
            if (revision <= device.Revision)
            {
                return;
            }

            device.Stored = record;
            device.Revision = revision;
            device.IsOutdated = false;
            _now = now;
            if (_isJudging && record.Fence != _fence)
            {
                TellIfMissed(device);
            }

            if (device.Wanted is null || !_isJudging)
            {
                device.Want(record, now);
                PutOnWheel(device);
            }
            else if (!device.Wanted.SaysTheSameAs(record))
            {
                // Written by a judge that did not yet know it was replaced: our verdict stands.
                MarkDirty(device);
            }
        }
    }

    /// <summary>The record is gone from KV (a removal, or the store is a new one).</summary>
    public void StoredGone(DeviceId id, ulong revision)
    {
        lock (_gate)
        {
            if (_devices.TryGetValue(id, out var device) && (revision == 0 || revision > device.Revision))
            {
                device.Stored = null;
                device.Revision = 0;
                if (_isJudging && device.Wanted is not null)
                {
                    MarkDirty(device);
                }
            }
        }
    }

    /// <summary>Every record is gone from KV: the store is a new one. Whoever judges writes all verdicts again.</summary>
    public void StoredLost()
    {
        lock (_gate)
        {
            (_newest, _told, _sure) = (0, 0, 0);
            foreach (var (_, device) in _devices)
            {
                device.Stored = null;
                device.Revision = 0;
                if (_isJudging && device.Wanted is not null)
                {
                    MarkDirty(device);
                }
            }
        }
    }

    /// <summary>What has to be written, at most <paramref name="limit"/>; each is taken once and comes again by <see cref="NotWritten"/>.</summary>
    public IReadOnlyList<AvailabilityChange> TakeChanges(int limit)
    {
        lock (_gate)
        {
            var changes = new List<AvailabilityChange>(Math.Min(limit, _dirty.Count));
            while (changes.Count < limit && _dirty.TryDequeue(out var device))
            {
                device.IsDirty = false;
                if (ChangeOf(device) is { } change)
                {
                    changes.Add(change);
                }
            }

            return changes;
        }
    }

    private AvailabilityChange? ChangeOf(JudgedDevice device)
    {
        // What a newer sidecar wrote stays as it is.
        if (device.IsForgotten || device.Stored is { Format: > AvailabilityRecord.CurrentFormat } || device.Wanted is not { } wanted)
        {
            _untold.Remove(device.Id);
            return null;
        }

        var isWritten = device is { Stored: { } stored, IsOutdated: false } && wanted.SaysTheSameAs(stored);
        if (device.Stored?.Online != wanted.Online)
        {
            // From here on it counts as unsaid: whatever becomes of the answer, or of the connection.
            _untold.Add(device.Id);
        }

        var tells = _untold.Contains(device.Id);
        return isWritten && !tells ? null : new AvailabilityChange(device.Id, wanted with { Fence = _fence }, device.Revision, tells, isWritten);
    }

    /// <summary>A change could not be written: it comes again, at the next tick. At once would be a loop without a pause while KV is away and says so immediately.</summary>
    public void NotWritten(DeviceId id)
    {
        lock (_gate)
        {
            if (_isJudging && _devices.TryGetValue(id, out var device) && !device.IsDirty && !device.IsForgotten)
            {
                device.IsDirty = true;
                _dirty.Enqueue(device);
            }
        }
    }
}
