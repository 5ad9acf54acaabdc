namespace HaNatsBridge.Contract.Platforms;

/// <summary>
/// What patterns may still cost: how often they may run out of their time, how much time they may take together, and how many of them may have a matcher in linear time. Each text has a time limit, but a device
/// may declare a thousand patterns, each just below it. Once it is spent, every text matches. Thread-safe.
/// </summary>
/// <param name="clock">A monotonic time, from the host, since the contract has no clock; null: the time taken together is not limited.</param>
public sealed class PatternBudget(Func<TimeSpan>? clock = null)
{
    private const int MaxTimeouts = 3;

    /// <summary>Such a matcher may take some milliseconds to build, which no limit cuts short; a device that needs more of them than this has time limits instead.</summary>
    private const int MaxLinear = 16;

    /// <summary>The share of the time that patterns may take in the long run; an honest one takes microseconds.</summary>
    private const double Share = 0.01;

    /// <summary>What they may take at once, a whole snapshot included.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private TimeSpan _taken;
    private TimeSpan _at;
    private int _timeouts;
    private int _linear;

    /// <summary>Whether a pattern may be tried.</summary>
    internal bool IsLeft => Volatile.Read(ref _timeouts) < MaxTimeouts && (clock is null || Take(clock(), TimeSpan.Zero) < Most);

    /// <summary>The time at which an attempt begins.</summary>
    internal TimeSpan Now => clock?.Invoke() ?? TimeSpan.Zero;

    /// <summary>Whether another matcher in linear time may be built.</summary>
    internal bool TryBuildLinear() => Interlocked.Increment(ref _linear) is > 0 and <= MaxLinear;

    /// <summary>A pattern was tried.</summary>
    /// <param name="began">When.</param>
    /// <param name="limit">No attempt takes longer by itself: beyond it the machine stood still.</param>
    internal void Tried(TimeSpan began, TimeSpan limit)
    {
        if (clock is not null)
        {
            var now = clock();
            Take(now, now - began < limit ? now - began : limit);
        }
    }

    /// <summary>A pattern ran out of its time.</summary>
    internal void Spend() => Interlocked.Increment(ref _timeouts);

    private TimeSpan Take(TimeSpan now, TimeSpan time)
    {
        lock (_gate)
        {
            var left = _taken - ((now - _at) * Share);
            _at = now;
            return _taken = (left > TimeSpan.Zero ? left : TimeSpan.Zero) + time;
        }
    }
}
