namespace HaNatsBridge.Contract.Platforms;

/// <summary>
/// How often patterns may still run out of their time. Each text has a time limit, but a device may declare a thousand patterns: together they may waste no more than one of them might alone. Once
/// it is spent, every text matches. Thread-safe.
/// </summary>
public sealed class PatternBudget
{
    private const int MaxTimeouts = 3;
    private int _timeouts;

    /// <summary>Whether a pattern may be tried.</summary>
    internal bool IsLeft => Volatile.Read(ref _timeouts) < MaxTimeouts;

    /// <summary>A pattern ran out of its time.</summary>
    internal void Spend() => Interlocked.Increment(ref _timeouts);
}
