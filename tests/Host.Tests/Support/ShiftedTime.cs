namespace HaNatsBridge.Host.Tests.Support;

/// <summary>
/// The real clock, put forward by the test, or stopped: its timers run as ever, only what it says of the time is another. So a
/// lease of a minute runs out at the test's word, and none because a machine was slow.
/// </summary>
public sealed class ShiftedTime : TimeProvider
{
    private long _ticks;
    private long _stoppedAt;
    private long _fired;

    /// <summary>How far it is ahead.</summary>
    public TimeSpan Ahead
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _ticks));
        set => Volatile.Write(ref _ticks, value.Ticks);
    }

    /// <summary>From now on no time passes but what it is put forward by.</summary>
    public void Stop() => Volatile.Write(ref _stoppedAt, base.GetTimestamp());

    /// <summary>
    /// How often a timer of it went off: whoever looks at the time now and then has looked again when this has grown.
    /// </summary>
    public long Fired => Volatile.Read(ref _fired);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

    public override long GetTimestamp() =>
        (Volatile.Read(ref _stoppedAt) is > 0 and var stopped ? stopped : base.GetTimestamp()) + (long)(
            Ahead.TotalSeconds * TimestampFrequency);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(
        x =>
        {
            Interlocked.Increment(ref _fired);
            callback(x);
        },
        state,
        dueTime,
        period);
}
