namespace HaNatsBridge.Host.Timing;

/// <summary>
/// How long whoever lost something waits before it tries again, the same in every feature: 0.1 s, doubling, at most 1 s in the
/// first minute of an outage (docs/architecture.md) and the longest pause after that, with a quarter of jitter, so that what
/// failed together does not come back in step. Not thread-safe: one for each loop that waits.
/// </summary>
/// <param name="time">The clock, and who sleeps.</param>
/// <param name="longest">The longest pause after the first minute; null: 5 s.</param>
/// <param name="random">From 0 to below 1; null: the system's.</param>
public sealed class OutageBackOff(TimeProvider time, TimeSpan? longest = null, Func<double>? random = null)
{
    private const double Jitter = 0.25;
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FirstMinute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestInFirstMinute = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestOrdinarily = TimeSpan.FromSeconds(5);
    private readonly Func<double> _random = random ?? Random.Shared.NextDouble;
    private TimeSpan _next = First;
    private long? _began;

    /// <summary>All is well: the next outage begins anew.</summary>
    public void Reset()
    {
        _next = First;
        _began = null;
    }

    /// <summary>Waits before the next attempt.</summary>
    /// <exception cref="OperationCanceledException">The token ended it.</exception>
    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Next(), time, cancellationToken);

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        _began ??= time.GetTimestamp();
        var limit = time.GetElapsedTime(_began.Value) < FirstMinute ? LongestInFirstMinute : longest ?? LongestOrdinarily;
        var wait = _next < limit ? _next : limit;
        _next = wait * 2;
        return wait * (1 - (Jitter * _random()));
    }
}
