using System.Threading.Channels;

namespace NATS.Client.Core;

/// <summary>A subscription that its owner reads and ends.</summary>
public interface INatsSub<T> : IAsyncDisposable
{
    /// <summary>The messages. Completed when the subscription ends; what ended it in error is thrown by <c>DisposeAsync</c>.</summary>
    ChannelReader<NatsMsg<T>> Msgs { get; }

    string Subject { get; }

    string? QueueGroup { get; }

    /// <summary>Ends the subscription at once: messages in flight are dropped.</summary>
    ValueTask UnsubscribeAsync();

    /// <summary>Ends the subscription and delivers what the server had sent before: UNSUB, then PING; the PONG marks the last message.</summary>
    ValueTask DrainAsync(CancellationToken cancellationToken = default);
}
