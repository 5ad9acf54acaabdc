namespace HaNatsBridge.Host.Timing;

/// <summary>Milliseconds that only grow, whatever happens to the wall clock (contract.md: "Leases run on the sidecar's monotonic clock").</summary>
public sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Milliseconds since this object was made, never 0, so that 0 can mean "never".</summary>
    public long Now => 1 + (long)time.GetElapsedTime(_start).TotalMilliseconds;
}
