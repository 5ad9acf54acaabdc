using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Which verdicts people have been told of. A word follows its record in KV, so a kill or a lost connection may come between. What the server has for sure is kept as a revision of the bucket, in
/// the judge's lease: everything beyond it is told again, by this sidecar or the next judge. At least once, and never all of it.
/// </summary>
internal sealed partial class AvailabilityJudge
{
    private readonly HashSet<DeviceId> _untold = [];
    private ulong _newest;
    private ulong _told;
    private ulong _sure;
    private long _linkedAt;

    /// <summary>The revision up to which every verdict has been said, as far as this sidecar knows.</summary>
    public ulong ToldUpTo
    {
        get
        {
            lock (_gate)
            {
                return _told = _untold.Count == 0 ? _newest : _told;
            }
        }
    }

    /// <summary>The server has taken what was said up to this revision.</summary>
    public void ToldForSure(ulong revision)
    {
        lock (_gate)
        {
            _sure = revision;
        }
    }

    /// <summary>People were told of the device's stored verdict.</summary>
    public void Said(DeviceId id)
    {
        lock (_gate)
        {
            _untold.Remove(id);
        }
    }

    /// <summary>Who counts as online by a record from before this time, whether heard since or not.</summary>
    public IReadOnlyList<DeviceId> OnlineSinceBefore(DateTimeOffset time)
    {
        lock (_gate)
        {
            return [.. _devices.Values.Where(d => d.IsOnline && d.Stored is { Online: true } stored && stored.StoredAt < time).Select(d => d.Id)];
        }
    }

    /// <summary>Whether the device has given a sign of life since the link to NATS is up. If so, its record is written again, so that the next judge need not wonder.</summary>
    public bool ConfirmIfHeard(DeviceId id)
    {
        lock (_gate)
        {
            if (!_devices.TryGetValue(id, out var device) || device.LastSeen <= _linkedAt)
            {
                return false;
            }

            if (_isJudging)
            {
                device.IsOutdated = true;
                MarkDirty(device);
            }

            return true;
        }
    }

    private void TellIfMissed(JudgedDevice device)
    {
        if (device.Stored is not null && device.Revision > _sure && !device.IsForgotten)
        {
            _untold.Add(device.Id);
            MarkDirty(device);
        }
    }
}
