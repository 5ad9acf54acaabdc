namespace HaNatsBridge.Host.Timing;

/// <summary>
/// Lets one of many equal log lines through, at most one a minute: what others cause as often as they like must not fill the log.
/// Thread-safe.
/// </summary>
public sealed class LogPause(TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private long _loggedAt;

    /// <summary>Whether a line may be logged now.</summary>
    public bool TryPass()
    {
        var last = Interlocked.Read(ref _loggedAt);
        return (last == 0 || time.GetElapsedTime(last) > Pause)
            && Interlocked.CompareExchange(ref _loggedAt, time.GetTimestamp(), last) == last;
    }
}
