using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>An acknowledgement that is still to come.</summary>
public readonly struct NatsJSPublishConcurrentFuture : IAsyncDisposable
{
    private readonly Task<PubAckResponse> _response;

    internal NatsJSPublishConcurrentFuture(Task<PubAckResponse> response) => _response = response;

    /// <summary>Waits for it.</summary>
    /// <exception cref="NatsJSPublishNoResponseException">No stream answered.</exception>
    public async ValueTask<PubAckResponse> GetResponseAsync(CancellationToken cancellationToken = default) =>
        await _response.WaitAsync(cancellationToken);

    /// <summary>Gives up the acknowledgement.</summary>
    public ValueTask DisposeAsync()
    {
        // A failure that nobody asked for must not surface as an unobserved exception.
        _ = _response.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return ValueTask.CompletedTask;
    }
}
