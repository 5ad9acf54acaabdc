namespace HaNatsBridge.Contract.Platforms;

/// <summary>
/// How often patterns may still run out of their time, and how many of them may have a matcher in linear time. Each text has a time limit, but a device may declare a thousand patterns: together
/// they may waste no more than one of them might alone. Once it is spent, every text matches. Thread-safe.
/// </summary>
public sealed class PatternBudget
{
    private const int MaxTimeouts = 3;

    /// <summary>Such a matcher may take some milliseconds to build, which no limit cuts short; a device that needs more of them than this has time limits instead.</summary>
    private const int MaxLinear = 16;
    private int _timeouts;
    private int _linear;

    /// <summary>Whether a pattern may be tried.</summary>
    internal bool IsLeft => Volatile.Read(ref _timeouts) < MaxTimeouts;

    /// <summary>Whether another matcher in linear time may be built.</summary>
    internal bool TryBuildLinear() => Interlocked.Increment(ref _linear) is > 0 and <= MaxLinear;

    /// <summary>A pattern ran out of its time.</summary>
    internal void Spend() => Interlocked.Increment(ref _timeouts);
}
