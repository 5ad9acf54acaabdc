using NATS.Client.Core;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>A pull consumer (ADR-37).</summary>
public interface INatsJSConsumer
{
    /// <summary>The consumer as the server described it when this object was made or last refreshed.</summary>
    ConsumerInfo Info { get; }

    /// <summary>
    /// Messages without end: pulls are sent again as the buffer empties, and after reconnects, restarts of the server and missed
    /// heartbeats. Ends with the token, or with <see cref="NatsJSProtocolException"/> when the consumer is gone.
    /// </summary>
    IAsyncEnumerable<INatsJSMsg<T>> ConsumeAsync<T>(
        INatsDeserialize<T>? serializer = default,
        NatsJSConsumeOpts? opts = default,
        CancellationToken cancellationToken = default);

    /// <summary>The next message, or nothing when none came in time (30 s when the options say nothing).</summary>
    /// <exception cref="NatsJSProtocolException">The consumer is gone or pushes.</exception>
    ValueTask<INatsJSMsg<T>?> NextAsync<T>(
        INatsDeserialize<T>? serializer = default,
        NatsJSNextOpts? opts = default,
        CancellationToken cancellationToken = default);

    /// <summary>A number of messages; ends early when no more came in time.</summary>
    /// <exception cref="NatsJSProtocolException">The consumer is gone or pushes.</exception>
    IAsyncEnumerable<INatsJSMsg<T>> FetchAsync<T>(
        NatsJSFetchOpts opts,
        INatsDeserialize<T>? serializer = default,
        CancellationToken cancellationToken = default);

    /// <summary>The messages that are there now, at most <see cref="NatsJSFetchOpts.MaxMsgs"/>.</summary>
    /// <exception cref="NatsJSProtocolException">The consumer is gone or pushes.</exception>
    IAsyncEnumerable<INatsJSMsg<T>> FetchNoWaitAsync<T>(
        NatsJSFetchOpts opts,
        INatsDeserialize<T>? serializer = default,
        CancellationToken cancellationToken = default);

    /// <summary>Asks the server for <see cref="Info"/> anew.</summary>
    /// <exception cref="NatsJSApiException">The server refused, for example because the consumer is gone.</exception>
    ValueTask RefreshAsync(CancellationToken cancellationToken = default);

    /// <summary>Unpins the client that a priority group is pinned to (ADR-42, server 2.11).</summary>
    ValueTask UnpinAsync(string group, CancellationToken cancellationToken = default);
}
