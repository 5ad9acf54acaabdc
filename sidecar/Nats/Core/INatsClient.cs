namespace NATS.Client.Core;

/// <summary>The everyday operations of a NATS client.</summary>
public interface INatsClient : IAsyncDisposable
{
    INatsConnection Connection { get; }

    /// <summary>Connects, or waits for the connect that is under way. Optional: the first command connects.</summary>
    /// <exception cref="NatsException">No server could be reached or one refused (inner exception), unless <see cref="NatsOpts.RetryOnInitialConnect"/>.</exception>
    ValueTask ConnectAsync();

    /// <summary>The time from PING to PONG.</summary>
    ValueTask<TimeSpan> PingAsync(CancellationToken cancellationToken = default);

    /// <summary>Publishes; completes when the message is in the write buffer, not when the server has it.</summary>
    /// <exception cref="ArgumentException">The subject, the reply subject or a header cannot be sent as it is.</exception>
    /// <exception cref="NatsPayloadTooLargeException">Headers and payload exceed the server's max_payload.</exception>
    ValueTask PublishAsync<T>(string subject, T data, NatsHeaders? headers = default, string? replyTo = default, INatsSerialize<T>? serializer = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Publishes an empty message.</summary>
    ValueTask PublishAsync(string subject, NatsHeaders? headers = default, string? replyTo = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Subscribes when enumeration starts, unsubscribes when it ends.</summary>
    IAsyncEnumerable<NatsMsg<T>> SubscribeAsync<T>(string subject, string? queueGroup = default, INatsDeserialize<T>? serializer = default, NatsSubOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Sends a request and waits for one reply, <see cref="NatsOpts.RequestTimeout"/> unless <paramref name="replyOpts"/> says otherwise.</summary>
    /// <exception cref="NatsNoRespondersException">Nobody listens on the subject.</exception>
    /// <exception cref="NatsNoReplyException">No reply within the time.</exception>
    ValueTask<NatsMsg<TReply>> RequestAsync<TRequest, TReply>(
        string subject,
        TRequest? data,
        NatsHeaders? headers = default,
        INatsSerialize<TRequest>? requestSerializer = default,
        INatsDeserialize<TReply>? replySerializer = default,
        NatsPubOpts? requestOpts = default,
        NatsSubOpts? replyOpts = default,
        CancellationToken cancellationToken = default);

    /// <summary>Sends an empty request and waits for one reply.</summary>
    ValueTask<NatsMsg<TReply>> RequestAsync<TReply>(
        string subject,
        INatsDeserialize<TReply>? replySerializer = default,
        NatsSubOpts? replyOpts = default,
        CancellationToken cancellationToken = default);

    /// <summary>Drops the connection and connects anew, as after a loss.</summary>
    ValueTask ReconnectAsync();
}
