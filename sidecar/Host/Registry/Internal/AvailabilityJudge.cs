using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Who is online (contract.md, "Online or offline"), as a state machine without a clock, a task or a connection of its own: it is told what happened and when, and says
/// what has to be written. Every sidecar keeps one; only the one that holds the lease comes to verdicts, the others follow what is stored, and keep in mind
/// whom they heard, so that the next judge misses nobody. Thread-safe; <see cref="SignOfLife"/> takes no lock for a device that is online.
/// </summary>
internal sealed partial class AvailabilityJudge
{
    private const int MostEarly = 1_024;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<DeviceId, JudgedDevice> _devices = new();
    private readonly Queue<JudgedDevice> _dirty = new();
    private readonly Dictionary<DeviceId, long> _early = [];
    private readonly TimingWheel<(JudgedDevice Device, long Due)> _wheel;
    private readonly TimeProvider _time;
    private readonly long _reconnectLease;
    private readonly long _longestPause;
    private readonly Action<(JudgedDevice Device, long Due)> _fellDue;
    private long _now;
    private long _grantedAt;
    private long _lastTick;
    private bool _isLinked;
    private volatile bool _isJudging;
    private ulong _fence;
    private long _expired;

    public AvailabilityJudge(DiscoveryTimings timings, TimeProvider time)
    {
        _time = time;
        _wheel = new TimingWheel<(JudgedDevice Device, long Due)>(timings.Tick);
        _reconnectLease = (long)timings.ReconnectLease.TotalMilliseconds;
        _longestPause = (long)timings.LongestPause.TotalMilliseconds;
        _fellDue = FellDue;
    }

    /// <summary>There is something to write. Raised with the judge's lock held: handlers only pass a signal on.</summary>
    public event Action? HasChanges;

    /// <summary>Whether this sidecar comes to verdicts.</summary>
    public bool IsJudging => _isJudging;

    /// <summary>How many leases ran out.</summary>
    public long Expired => Volatile.Read(ref _expired);

    /// <summary>How many devices are online.</summary>
    public int OnlineCount => _devices.Count(d => d.Value.IsOnline);

    /// <summary>A device is in the registry, or its description changed.</summary>
    public void Track(DeviceId id, LeaseTerms terms, long now)
    {
        lock (_gate)
        {
            var device = _devices.GetOrAdd(id, static key => new JudgedDevice(key));
            device.Terms = terms;
            _now = now;
            PutOnWheel(device);
            if (_early.Remove(id, out var announcedAt))
            {
                device.LastSeen = Math.Max(device.LastSeen, announcedAt);
                if (_isJudging && !device.IsOnline)
                {
                    TurnOnline(device, Reasons.Announced);
                }
            }
        }
    }

    /// <summary>A device is no longer in the registry.</summary>
    public void Forget(DeviceId id)
    {
        lock (_gate)
        {
            _untold.Remove(id);
            if (_devices.TryRemove(id, out var device))
            {
                device.IsForgotten = true;
            }
        }
    }

    /// <summary>A device announced itself.</summary>
    public void Announced(DeviceId id, long now)
    {
        lock (_gate)
        {
            if (!_devices.ContainsKey(id))
            {
                // Another sidecar answered it, and says so before KV has told us of the device. Bounded, because anyone may say so of devices that never come.
                if (_early.Count >= MostEarly)
                {
                    _early.Clear();
                }

                _early[id] = now;
                return;
            }
        }

        Seen(id, Reasons.Announced, now, TimeSpan.Zero);
    }

    /// <summary>A state, an event, a command's answer; of some time ago where it waited in a stream.</summary>
    public void SignOfLife(DeviceId id, long now, TimeSpan age = default) => Seen(id, Reasons.Seen, now, age);

    /// <summary>A health report: renews the lease, unless it says that the device goes offline, and makes its well-known numbers known.</summary>
    public void Health(DeviceId id, string? status, IReadOnlyCollection<string> keys, long now, TimeSpan age = default)
    {
        if (!_devices.TryGetValue(id, out var device))
        {
            return;
        }

        var goesOffline = string.Equals(status, "offline", StringComparison.Ordinal);
        if (!goesOffline)
        {
            Seen(id, Reasons.Seen, now, age);
        }

        if (!_isJudging || (!goesOffline && Knows(device, keys)))
        {
            return;
        }

        lock (_gate)
        {
            _now = now;
            var wanted = device.Wanted ?? new AvailabilityRecord(false, Today(), Reasons.Unknown);
            if (goesOffline && wanted.Online && !IsOutdated(device, age))
            {
                wanted = wanted with { Online = false, Since = Today(), Why = Reasons.ReportedOffline };
            }

            var known = wanted.Health.Union(keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
            Decide(device, known.Length == wanted.Health.Count ? wanted : wanted with { Health = known });
        }
    }

    /// <summary>The device is on this connection; null: on none that is known.</summary>
    public void OnConnection(DeviceId id, ConnectionId? connection, long now)
    {
        lock (_gate)
        {
            _now = now;
            if (_isJudging && _devices.TryGetValue(id, out var device) && device.Wanted is { } wanted && wanted.Connection != connection)
            {
                Decide(device, wanted with { Connection = connection });
            }
        }
    }

    /// <summary>Who is online on which connection, as far as KV knows.</summary>
    public IReadOnlyList<(DeviceId Id, ConnectionId Connection)> Connections()
    {
        lock (_gate)
        {
            return [.. _devices.Values.Where(d => d.Wanted is { Online: true, Connection: not null }).Select(d => (d.Id, d.Wanted!.Connection!.Value))];
        }
    }

    /// <summary>Who is online.</summary>
    public IReadOnlyList<DeviceId> OnlineDevices()
    {
        lock (_gate)
        {
            return [.. _devices.Values.Where(d => d.IsOnline).Select(d => d.Id)];
        }
    }

    /// <summary>The connection that the device is online on; null: none is known.</summary>
    public ConnectionId? ConnectionOf(DeviceId id)
    {
        lock (_gate)
        {
            return _devices.TryGetValue(id, out var device) && device.Wanted is { Online: true } wanted ? wanted.Connection : null;
        }
    }

    /// <summary>The device's connection was closed, and no other took its place in time.</summary>
    public void Disconnected(DeviceId id, long now)
    {
        lock (_gate)
        {
            _now = now;
            if (_isJudging && _devices.TryGetValue(id, out var device) && !device.Terms.Assumed && device.Wanted is { Online: true } wanted)
            {
                Decide(device, wanted with { Online = false, Since = Today(), Why = Reasons.Disconnected, Connection = null });
            }
        }
    }

    /// <summary>This sidecar is the judge from now on. Leases begin anew: what the last judge heard is not known.</summary>
    /// <param name="fence">The revision at which it took the lease.</param>
    /// <param name="now">Milliseconds of the monotonic clock.</param>
    /// <param name="told">The revision up to which the last judge has told people of its verdicts; null: nobody knows, and all of them count as told.</param>
    public void StartJudging(ulong fence, long now, ulong? told = null)
    {
        lock (_gate)
        {
            _sure = _told = told ?? _newest;
            _fence = fence;
            _grantedAt = now;
            _lastTick = now;
            _now = now;
            _isJudging = true;
            foreach (var (_, device) in _devices)
            {
                // Heard by this sidecar after the last verdict, while nobody judged.
                if (!device.IsOnline && device.LastSeen > device.ChangedAt && now - device.LastSeen < _reconnectLease)
                {
                    TurnOnline(device, Reasons.Seen);
                }
                else
                {
                    PutOnWheel(device);
                }

                if (device.Wanted is { } wanted && (device.Stored is null || !wanted.SaysTheSameAs(device.Stored)))
                {
                    MarkDirty(device);
                }

                TellIfMissed(device);
            }
        }
    }

    /// <summary>Another sidecar judges, or nobody does.</summary>
    public void StopJudging()
    {
        lock (_gate)
        {
            _isJudging = false;
            _untold.Clear();
            while (_dirty.TryDequeue(out var device))
            {
                device.IsDirty = false;
                if (device.Stored is { } stored)
                {
                    // Learnt long ago: whoever was heard since is remembered for the next judge.
                    device.Want(stored, 0);
                }
            }
        }
    }

    /// <summary>To the millisecond, as it is stored: what was read back must equal what was written.</summary>
    private DateTimeOffset Today() => DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

    private static bool Knows(JudgedDevice device, IReadOnlyCollection<string> keys)
    {
        var known = device.Wanted?.Health;
        foreach (var key in keys)
        {
            if (known is null || !known.Contains(key, StringComparer.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether something of that age was said before the last verdict: that one knows better.</summary>
    private bool IsOutdated(JudgedDevice device, TimeSpan age) =>
        age > TimeSpan.Zero && device.Wanted is { } wanted && _time.GetUtcNow() - age <= wanted.Since;

    private void Seen(DeviceId id, string why, long now, TimeSpan age)
    {
        if (!_devices.TryGetValue(id, out var device))
        {
            return;
        }

        if (age > TimeSpan.Zero)
        {
            // It was alive then; that it is alive now is only as true as its lease is long.
            var then = now - (long)age.TotalMilliseconds;
            var lease = device.Terms.Lease > 0 ? device.Terms.Lease : _reconnectLease;
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

        if (device.IsOnline || !_isJudging)
        {
            return;
        }

        lock (_gate)
        {
            _now = now;
            if (_isJudging && !device.IsOnline && !device.IsForgotten)
            {
                TurnOnline(device, why);
            }
        }
    }

    private void TurnOnline(JudgedDevice device, string why)
    {
        var health = device.Wanted?.Health ?? [];
        Decide(device, new AvailabilityRecord(true, Today(), why) { Health = health, Connection = device.Wanted?.Connection });
    }

    private void Decide(JudgedDevice device, AvailabilityRecord wanted)
    {
        if (device.Wanted is { } before && before.SaysTheSameAs(wanted))
        {
            return;
        }

        device.Want(wanted, _now);
        MarkDirty(device);
        PutOnWheel(device);
    }

    private void MarkDirty(JudgedDevice device)
    {
        if (!device.IsDirty && !device.IsForgotten)
        {
            device.IsDirty = true;
            _dirty.Enqueue(device);
            HasChanges?.Invoke();
        }
    }
}
