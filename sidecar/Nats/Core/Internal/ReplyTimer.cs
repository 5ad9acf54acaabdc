namespace NATS.Client.Core.Internal;

/// <summary>
/// Ends a request whose reply does not come in time. Used again for the next request, and not stopped in between: winding a timer up and down would cost each request more than a bell for nobody
/// every few seconds. So what it rings for is decided when it rings.
/// </summary>
internal sealed class ReplyTimer : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private ReplySlot? _slot;

    /// <summary>When it rings, by <see cref="Environment.TickCount64"/>; the far end: never.</summary>
    private long _ringsAt = long.MaxValue;

    public ReplyTimer() => _timer = new Timer(static state => ((ReplyTimer)state!).OnTimer(), this, Timeout.Infinite, Timeout.Infinite);

    public void Start(ReplySlot slot, TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            slot.Deadline = long.MaxValue;
        }
        else
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
            slot.Deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        }

        lock (_gate)
        {
            _slot = slot;
            if (slot.Deadline < _ringsAt)
            {
                RingAt(slot.Deadline);
            }
        }
    }

    public void Stop()
    {
        lock (_gate)
        {
            _slot = null;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        ReplySlot? late;
        lock (_gate)
        {
            _ringsAt = long.MaxValue;
            late = _slot;
            if (late is not null && late.Deadline > Environment.TickCount64)
            {
                if (late.Deadline != long.MaxValue)
                {
                    RingAt(late.Deadline);
                }

                return;
            }
        }

        late?.Fail(new NatsNoReplyException());
    }

    /// <summary>A deadline too far for a timer is looked at on the way.</summary>
    private void RingAt(long deadline)
    {
        _ringsAt = deadline;
        _timer.Change(Math.Clamp(deadline - Environment.TickCount64, 0, int.MaxValue), Timeout.Infinite);
    }
}
