namespace NATS.Client.Core.Internal;

/// <summary>
/// Ends a request whose reply does not come in time. Used again for the next request: a timer of its own would be the largest part of what a request costs. That it may still ring for the
/// one before is why it looks at the deadline.
/// </summary>
internal sealed class ReplyTimer : IDisposable
{
    private readonly Timer _timer;
    private ReplySlot? _slot;

    public ReplyTimer() => _timer = new Timer(static state => ((ReplyTimer)state!).OnTimer(), this, Timeout.Infinite, Timeout.Infinite);

    public void Start(ReplySlot slot, TimeSpan timeout)
    {
        slot.Deadline = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        Volatile.Write(ref _slot, slot);
        _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    public void Stop()
    {
        Volatile.Write(ref _slot, null);
        _timer.Change(Timeout.Infinite, Timeout.Infinite);
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        if (Volatile.Read(ref _slot) is { } slot && Environment.TickCount64 >= slot.Deadline)
        {
            slot.Fail(new NatsNoReplyException());
        }
    }
}
