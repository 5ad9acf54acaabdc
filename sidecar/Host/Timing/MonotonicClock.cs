namespace HaNatsBridge.Host.Timing;

/// <summary>
/// Milliseconds that only grow, whatever the wall clock does (docs/architecture.md, "Availability").
/// </summary>
public sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Milliseconds since this object was made, never 0, so that 0 can mean "never".</summary>
    public long Now => 1 + (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>The time that comes so much later.</summary>
    public long In(TimeSpan span) => Now + (long)span.TotalMilliseconds;

    /// <summary>A timer on the same clock.</summary>
    public PeriodicTimer Every(TimeSpan period) => new(period, time);
}
