namespace HaNatsBridge.Host.Tests.Support;

/// <summary>A clock that runs so many times as fast, with its timers: what gives up after ten seconds does so at once.</summary>
public sealed class HurriedTime(int times = 100) : TimeProvider
{
    private readonly long _began = System.GetTimestamp();

    public override long GetTimestamp() => _began + ((System.GetTimestamp() - _began) * times);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Hurried(dueTime), Hurried(period));

    private TimeSpan Hurried(TimeSpan span) =>
        span > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, span.Ticks / times)) : span;
}
