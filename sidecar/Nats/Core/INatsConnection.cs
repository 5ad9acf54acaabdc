using System.Threading.Channels;

namespace NATS.Client.Core;

/// <summary>A connection: everything of <see cref="INatsClient"/>, events, and what higher layers build on.</summary>
public interface INatsConnection : INatsClient
{
    /// <summary>The connection was lost (or closed by <c>DisposeAsync</c>).</summary>
    event AsyncEventHandler<NatsEventArgs>? ConnectionDisconnected;

    /// <summary>Connected, for the first time or again; subscriptions are in place.</summary>
    event AsyncEventHandler<NatsEventArgs>? ConnectionOpened;

    /// <summary>One attempt to reconnect failed.</summary>
    event AsyncEventHandler<NatsEventArgs>? ReconnectFailed;

    /// <summary>A subscription was full and dropped a message.</summary>
    event AsyncEventHandler<NatsMessageDroppedEventArgs>? MessageDropped;

    /// <summary>A subscription began to drop; once an episode.</summary>
    event AsyncEventHandler<NatsSlowConsumerEventArgs>? SlowConsumerDetected;

    /// <summary>The server is about to shut down and asks its clients to go elsewhere.</summary>
    event AsyncEventHandler<NatsLameDuckModeActivatedEventArgs>? LameDuckModeActivated;

    /// <summary>The server sent -ERR.</summary>
    event AsyncEventHandler<NatsServerErrorEventArgs>? ServerError;

    INatsServerInfo? ServerInfo { get; }

    NatsOpts Opts { get; }

    NatsConnectionState ConnectionState { get; }

    INatsSubscriptionManager SubscriptionManager { get; }

    NatsHeaderParser HeaderParser { get; }

    /// <summary>Publishes a message built by the caller (or received: forwarding it).</summary>
    ValueTask PublishAsync<T>(in NatsMsg<T> msg, INatsSerialize<T>? serializer = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Subscribes now; the caller reads <see cref="INatsSub{T}.Msgs"/> and disposes.</summary>
    ValueTask<INatsSub<T>> SubscribeCoreAsync<T>(string subject, string? queueGroup = default, INatsDeserialize<T>? serializer = default, NatsSubOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>A subject that nobody else uses: <c>{InboxPrefix}.{connection}.{number}</c>.</summary>
    string NewInbox();

    /// <summary>
    /// Sends a request and yields replies until an empty message (the sentinel) or until <see cref="NatsOpts.RequestTimeout"/> is over, or as <paramref name="replyOpts"/> says (ADR-47).
    /// What it leaves open has these defaults; that nobody listens is a <see cref="NatsNoRespondersException"/>.
    /// </summary>
    IAsyncEnumerable<NatsMsg<TReply>> RequestManyAsync<TRequest, TReply>(
        string subject,
        TRequest? data,
        NatsHeaders? headers = default,
        INatsSerialize<TRequest>? requestSerializer = default,
        INatsDeserialize<TReply>? replySerializer = default,
        NatsPubOpts? requestOpts = default,
        NatsSubOpts? replyOpts = default,
        CancellationToken cancellationToken = default);

    /// <summary>Subscribes a subscription class of a higher layer.</summary>
    ValueTask AddSubAsync(NatsSubBase sub, CancellationToken cancellationToken = default);

    /// <summary>Subscribes an inbox, sends the request with it and hands the subscription over.</summary>
    ValueTask<NatsSub<TReply>> CreateRequestSubAsync<TRequest, TReply>(
        string subject,
        TRequest? data,
        NatsHeaders? headers = default,
        INatsSerialize<TRequest>? requestSerializer = default,
        INatsDeserialize<TReply>? replySerializer = default,
        NatsPubOpts? requestOpts = default,
        NatsSubOpts? replyOpts = default,
        CancellationToken cancellationToken = default);

    /// <summary>The bounds of a subscription's channel: the subscription's own where given, else the connection's.</summary>
    BoundedChannelOptions GetBoundedChannelOpts(NatsSubChannelOpts? subChannelOpts);

    /// <summary>To be called by subscription classes when their channel dropped a message. Returns at once.</summary>
    void OnMessageDropped<T>(NatsSubBase natsSub, int pending, NatsMsg<T> msg);
}
