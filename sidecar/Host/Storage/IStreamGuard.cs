namespace HaNatsBridge.Host.Storage;

/// <summary>
/// Notices that a stream is no longer the one that a consumer follows: made anew (deleted, a lost disk, another server behind the address) or without its end (a power cut). A consumer that
/// heals itself would wait there for a sequence that does not come.
/// </summary>
public interface IStreamGuard
{
    /// <summary>Looks after each reconnect and every 10 s, and cancels <paramref name="session"/> when the stream is another; ends with the session.</summary>
    /// <param name="stream">Its name.</param>
    /// <param name="created">When it was made, as the session knows it.</param>
    /// <param name="applied">The last sequence that was read.</param>
    /// <param name="session">What is ended.</param>
    Task WatchAsync(string stream, DateTimeOffset created, Func<ulong> applied, CancellationTokenSource session);
}
