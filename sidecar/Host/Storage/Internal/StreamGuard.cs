using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>Asks the server what the stream is now.</summary>
internal sealed partial class StreamGuard(IHomeLink link, IHomeStorage storage, StorageTimings timings, ILogger<StreamGuard> log) : IStreamGuard
{
    public async Task WatchAsync(string stream, DateTimeOffset created, Func<ulong> applied, CancellationTokenSource session)
    {
        // Not disposed: the link may be calling the handler at this moment, also after it was taken off, and what the handler throws would be everybody's trouble.
#pragma warning disable CA2000 // It holds nothing but memory as long as nobody asks for its wait handle.
        var reconnected = new SemaphoreSlim(0);
#pragma warning restore CA2000
        void OnChanged(LinkChange change) => _ = change.IsUp ? reconnected.Release() : 0;
        link.Changed += OnChanged;
        try
        {
            while (!session.IsCancellationRequested)
            {
                await reconnected.WaitAsync(timings.Guard, session.Token);
                if (link.IsUp && await IsAnotherAsync(stream, created, applied, session.Token))
                {
                    LogLost(stream);
                    await session.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The session has ended.
        }
        finally
        {
            link.Changed -= OnChanged;
        }
    }

    private async Task<bool> IsAnotherAsync(string stream, DateTimeOffset created, Func<ulong> applied, CancellationToken cancellationToken)
    {
        try
        {
            // Before asking: what is read meanwhile is in the answer.
            var read = applied();
            var info = (await storage.JetStream.GetStreamAsync(stream, cancellationToken: cancellationToken)).Info;
            return info.Created != created || info.State.LastSeq < read;
        }
        catch (NatsException e)
        {
            LogUnchecked(stream, e.Message);
            return false;
        }
    }

    [LoggerMessage(1230, LogLevel.Warning, "The stream {Stream} was made anew or lost its end; it is read again")]
    private partial void LogLost(string stream);

    [LoggerMessage(1231, LogLevel.Debug, "The stream {Stream} could not be checked: {Reason}")]
    private partial void LogUnchecked(string stream, string reason);
}
