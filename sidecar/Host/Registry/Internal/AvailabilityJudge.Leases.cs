namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>The leases: when they begin anew, and when they run out.</summary>
internal sealed partial class AvailabilityJudge
{
    /// <summary>The link to NATS is up: whoever is online gets a full lease, at least 30 s.</summary>
    public void LinkUp(long now)
    {
        lock (_gate)
        {
            _isLinked = true;
            _linkedAt = now;
            _grantedAt = now;
            _lastTick = now;
            if (_isJudging)
            {
                // What was said shortly before went into a connection that broke.
                foreach (var (_, device) in _devices)
                {
                    TellIfMissed(device);
                }
            }
        }
    }

    /// <summary>The link to NATS was lost: no lease runs out until it is back.</summary>
    public void LinkDown()
    {
        lock (_gate)
        {
            _isLinked = false;
        }
    }

    /// <summary>Time has passed: leases run out.</summary>
    public void Tick(long now)
    {
        lock (_gate)
        {
            _now = now;
            if (!_isLinked || !_isJudging)
            {
                _lastTick = now;
                return;
            }

            if (now - _lastTick > _longestPause)
            {
                // This process stood still: signs of life wait unread, so what is due now says nothing.
                _grantedAt = now;
            }

            _lastTick = now;
            _wheel.Advance(now, _fellDue);
        }
    }

    private void PutOnWheel(JudgedDevice device)
    {
        if (device.Terms.Lease <= 0 || !device.IsOnline)
        {
            return;
        }

        // Once on the wheel it stays there until it falls due, unless a new description made its lease shorter.
        var due = Deadline(device);
        if (device.Due == 0 || due < device.Due)
        {
            device.Due = due;
            _wheel.Schedule((device, due), due);
        }
    }

    private long Deadline(JudgedDevice device) => device.LastSeen > _grantedAt
        ? device.LastSeen + device.Terms.Lease
        : _grantedAt + Math.Max(device.Terms.Lease, _reconnectLease);

    private void FellDue((JudgedDevice Device, long Due) item)
    {
        var device = item.Device;
        if (device.Due != item.Due)
        {
            return;
        }

        device.Due = 0;
        if (device.IsForgotten || !device.IsOnline || device.Terms.Lease <= 0 || device.Wanted is not { } wanted)
        {
            return;
        }

        if (Deadline(device) > _now)
        {
            PutOnWheel(device);
            return;
        }

        Volatile.Write(ref _expired, _expired + 1);
        Decide(device, wanted with { Online = false, Since = Today(), Why = Reasons.LeaseExpired });
    }
}
