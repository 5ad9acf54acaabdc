namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>The leases: when they begin anew, and when they run out.</summary>
internal sealed partial class AvailabilityMachine
{
    /// <summary>The connection to NATS is up: whoever is online gets a full lease, at least 30 s.</summary>
    public void LinkUp(long now)
    {
        lock (_gate)
        {
            _isLinked = true;
            _grantedAt = now;
            _lastTick = now;
        }
    }

    /// <summary>The connection to NATS was lost: no lease runs out until it is back.</summary>
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
            if (!_isLinked || !_isLeading)
            {
                _lastTick = now;
                return;
            }

            if (now - _lastTick > _longestPause)
            {
                // This process stood still: signs of life wait unread, so no lease runs out now.
                _grantedAt = now;
            }

            _lastTick = now;
            _wheel.Advance(now, _fellDue);
        }
    }

    private void PutOnWheel(TrackedDevice device)
    {
        if (device.Terms is not { Lease: > 0 } terms || !device.IsOnline)
        {
            return;
        }

        // Once on the wheel it stays there until it falls due, unless a new description made its lease shorter.
        var due = DeadlineOf(device, terms);
        if (device.Due == 0 || due < device.Due)
        {
            device.Due = due;
            _wheel.Schedule((device, due), due);
        }
    }

    private long DeadlineOf(TrackedDevice device, AvailabilityTerms terms) => device.LastSeen > _grantedAt
        ? device.LastSeen + terms.Lease
        : _grantedAt + Math.Max(terms.Lease, _reconnectLease);

    private void FellDue((TrackedDevice Device, long Due) item)
    {
        var device = item.Device;
        if (device.Due != item.Due)
        {
            return;
        }

        device.Due = 0;
        if (device.Terms is not { Lease: > 0 } terms || device.Decided is not { Online: true } decided)
        {
            return;
        }

        if (DeadlineOf(device, terms) > _now)
        {
            PutOnWheel(device);
            return;
        }

        Volatile.Write(ref _expired, _expired + 1);
        Decide(device, decided with { Online = false, Since = Today(), Why = Reasons.LeaseExpired });
    }
}
