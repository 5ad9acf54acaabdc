using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>
/// Which devices are online (docs/devices.md, "Online or offline"), as a state machine without a clock, a task or a connection of its
/// own: it gets events with their times and gives what has to be written. Every sidecar has one. Only the leader's decides; the
/// others follow what is stored, and remember signs of life, so that the next leader misses none. Thread-safe;
/// <see cref="SignOfLife"/> takes no lock for a device that is online.
/// </summary>
internal sealed partial class AvailabilityMachine
{
    private const int MostEarly = 1_024;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<DeviceId, TrackedDevice> _devices = new();
    private readonly Queue<TrackedDevice> _queue = new();
    private readonly Dictionary<DeviceId, (long At, ConnectionId? Connection)> _early = [];
    private readonly TimingWheel<(TrackedDevice Device, long Due)> _wheel;
    private readonly TimeProvider _time;
    private readonly long _reconnectLease;
    private readonly long _longestPause;
    private readonly Action<(TrackedDevice Device, long Due)> _fellDue;
    private long _now;
    private long _grantedAt;
    private long _lastTick;
    private bool _isLinked;
    private volatile bool _isLeading;
    private ulong _fence;
    private long _expired;

    public AvailabilityMachine(AvailabilityTimings timings, TimeProvider time)
    {
        _time = time;
        _wheel = new TimingWheel<(TrackedDevice Device, long Due)>(timings.Tick);
        _reconnectLease = (long)timings.ReconnectLease.TotalMilliseconds;
        _longestPause = (long)timings.LongestPause.TotalMilliseconds;
        _fellDue = FellDue;
    }

    /// <summary>There is something to write. Raised with the lock held: handlers only set a signal.</summary>
    public event Action? HasChanges;

    /// <summary>Whether this sidecar decides.</summary>
    public bool IsLeading => _isLeading;

    /// <summary>How many leases ran out.</summary>
    public long Expired => Volatile.Read(ref _expired);

    /// <summary>How many devices are online.</summary>
    public int OnlineCount => _devices.Count(d => d.Value is { IsOnline: true, Terms: not null });

    /// <summary>A device is in the registry, or its terms changed.</summary>
    public void Register(DeviceId id, AvailabilityTerms terms, long now)
    {
        lock (_gate)
        {
            _now = now;
            var device = _devices.GetOrAdd(id, static key => new TrackedDevice(key));
            device.Terms = terms;
            PutOnWheel(device);
            if (_early.Remove(id, out var announced))
            {
                Announce(device, announced.Connection, announced.At);
            }
        }
    }

    /// <summary>A device is no longer in the registry.</summary>
    public void Forget(DeviceId id)
    {
        lock (_gate)
        {
            _early.Remove(id);
            if (!_devices.TryGetValue(id, out var device))
            {
                return;
            }

            device.Terms = null;
            device.LastSeen = 0;
            device.Decide(device.Stored, 0);
            DropIfUnknown(device);
        }
    }

    /// <summary>A device announced itself, on this connection where it is known.</summary>
    public void Announced(DeviceId id, ConnectionId? connection, long now)
    {
        lock (_gate)
        {
            _now = now;
            if (_devices.TryGetValue(id, out var device) && device.Terms is not null)
            {
                Announce(device, connection, now);
                return;
            }

            // The registry shows it a moment later. Bounded, because nothing says that it does.
            if (_early.Count >= MostEarly)
            {
                _early.Clear();
            }

            _early[id] = (now, connection);
        }
    }

    /// <summary>A state, an event, a command's answer; of some time ago where it waited in a stream.</summary>
    public void SignOfLife(DeviceId id, long now, TimeSpan age = default) => Seen(id, now, age);

    /// <summary>
    /// A health report: renews the lease, unless it says that the device goes offline, and makes its well-known numbers known.
    /// </summary>
    public void Health(DeviceId id, string? status, IReadOnlyCollection<string> keys, long now, TimeSpan age = default)
    {
        if (!_devices.TryGetValue(id, out var device))
        {
            return;
        }

        var goesOffline = string.Equals(status, "offline", StringComparison.Ordinal);
        if (!goesOffline)
        {
            Seen(id, now, age);
        }

        if (!_isLeading || (!goesOffline && Knows(device, keys)))
        {
            return;
        }

        lock (_gate)
        {
            _now = now;
            var decided = device.Decided ?? new AvailabilityRecord(false, Today(), Reasons.Unknown);
            if (goesOffline && decided.Online && !IsOutdated(device, age))
            {
                decided = decided with { Online = false, Since = Today(), Why = Reasons.ReportedOffline };
            }

            var known = decided.Health.Union(keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
            Decide(device, known.Length == decided.Health.Count ? decided : decided with { Health = known });
        }
    }

    /// <summary>The device is on this connection; null: on none that is known.</summary>
    public void SetConnection(DeviceId id, ConnectionId? connection, long now)
    {
        lock (_gate)
        {
            _now = now;
            if (_isLeading && _devices.TryGetValue(id, out var device) && device.Decided is { } decided
                && decided.Connection != connection)
            {
                Decide(device, decided with { Connection = connection });
            }
        }
    }

    /// <summary>The device's connection was closed, and it is on no other.</summary>
    public void Disconnected(DeviceId id, long now)
    {
        lock (_gate)
        {
            _now = now;
            if (!_isLeading || !_devices.TryGetValue(id, out var device) || device.Decided is not { } decided)
            {
                return;
            }

            Decide(device, decided.Online && device.Terms is { Assumed: false }
                ? decided with { Online = false, Since = Today(), Why = Reasons.Disconnected, Connection = null }
                : decided with { Connection = null });
        }
    }

    /// <summary>Who is online, and on which connection as far as that is known.</summary>
    public IReadOnlyList<(DeviceId Id, ConnectionId? Connection)> Online()
    {
        lock (_gate)
        {
            return [.. _devices.Values.Where(d => d is { IsOnline: true, Terms: not null })
                .Select(d => (d.Id, d.Decided!.Connection))];
        }
    }

    /// <summary>The connection that the device is online on; null: none is known.</summary>
    public ConnectionId? ConnectionOf(DeviceId id)
    {
        lock (_gate)
        {
            return _devices.TryGetValue(id, out var device) && device.Decided is { Online: true } decided
                ? decided.Connection
                : null;
        }
    }

    /// <summary>
    /// This sidecar decides from now on. Leases begin anew: which signs of life the last leader saw is not known.
    /// </summary>
    /// <param name="fence">The revision at which it acquired the lease.</param>
    /// <param name="now">Milliseconds of the monotonic clock.</param>
    public void StartLeading(ulong fence, long now)
    {
        lock (_gate)
        {
            _fence = fence;
            _grantedAt = now;
            _lastTick = now;
            _now = now;
            _isLeading = true;
            foreach (var (_, device) in _devices)
            {
                // A sign of life that came after the last decision, without a leader.
                if (device.Terms is not null && !device.IsOnline && device.LastSeen > device.DecidedAt
                    && now - device.LastSeen < _reconnectLease)
                {
                    TurnOnline(device, Reasons.Seen);
                }
                else
                {
                    PutOnWheel(device);
                    QueueIfChanged(device);
                }
            }
        }
    }

    /// <summary>Another sidecar decides, or none.</summary>
    public void StopLeading()
    {
        lock (_gate)
        {
            _isLeading = false;
            _queue.Clear();
            foreach (var (_, device) in _devices)
            {
                device.IsQueued = false;
                device.IsWriting = false;
                if (!ReferenceEquals(device.Decided, device.Stored))
                {
                    // As if decided long ago: signs of life that came since count for the next leader.
                    device.Decide(device.Stored, 0);
                }
            }
        }
    }

    /// <summary>To the millisecond, as it is stored: what was read back must equal what was written.</summary>
    private DateTimeOffset Today() => DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

    private static bool Knows(TrackedDevice device, IReadOnlyCollection<string> keys)
    {
        var known = device.Decided?.Health;
        foreach (var key in keys)
        {
            if (known is null || !known.Contains(key, StringComparer.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether something of that age is from before the last decision.</summary>
    private bool IsOutdated(TrackedDevice device, TimeSpan age) =>
        age > TimeSpan.Zero && device.Decided is { } decided && _time.GetUtcNow() - age <= decided.Since;

    private void Announce(TrackedDevice device, ConnectionId? connection, long at)
    {
        device.LastSeen = Math.Max(device.LastSeen, at);
        if (!_isLeading)
        {
            return;
        }

        if (!device.IsOnline)
        {
            TurnOnline(device, Reasons.Announced, connection);
        }
        else if (connection is not null)
        {
            Decide(device, device.Decided! with { Connection = connection });
        }
    }

    private void Seen(DeviceId id, long now, TimeSpan age)
    {
        if (!_devices.TryGetValue(id, out var device) || device.Terms is not { } terms)
        {
            return;
        }

        if (age > TimeSpan.Zero)
        {
            // It was alive then; whether it is now is only known for as long as its lease.
            var then = now - (long)age.TotalMilliseconds;
            var lease = terms.Lease > 0 ? terms.Lease : _reconnectLease;
            if (IsOutdated(device, age) || now - then >= lease)
            {
                return;
            }

            device.LastSeen = Math.Max(then, device.LastSeen);
        }
        else
        {
            device.LastSeen = now;
        }

        if (device.IsOnline || !_isLeading)
        {
            return;
        }

        lock (_gate)
        {
            _now = now;
            if (_isLeading && !device.IsOnline && device.Terms is not null)
            {
                TurnOnline(device, Reasons.Seen);
            }
        }
    }

    private void TurnOnline(TrackedDevice device, string why, ConnectionId? connection = null) =>
        Decide(device, new AvailabilityRecord(true, Today(), why)
        {
            Health = device.Decided?.Health ?? [],
            Connection = connection ?? device.Decided?.Connection,
        });

    private void Decide(TrackedDevice device, AvailabilityRecord record)
    {
        if (device.Terms is null || (device.Decided is { } before && before.Matches(record)))
        {
            return;
        }

        device.Decide(record, _now);
        QueueIfChanged(device);
        PutOnWheel(device);
    }
}
