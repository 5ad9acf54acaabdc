using System.Threading.Channels;
using NATS.Client.Core;

namespace NATS.Net;

/// <summary>A <see cref="NatsConnection"/> with JSON as default serializer and waiting instead of dropping subscriptions: what an application wants that thinks of neither.</summary>
public class NatsClient : INatsClient
{
    public NatsClient(string url = "nats://localhost:4222", string name = "NATS .NET Client", string? credsFile = default)
        : this(new NatsOpts { Url = url, Name = name, AuthOpts = new NatsAuthOpts { CredsFile = credsFile } }, BoundedChannelFullMode.Wait)
    {
    }

    /// <param name="opts">Its serializer registry is replaced by the JSON one when it is the default.</param>
    /// <param name="pending">What a full subscription does.</param>
    public NatsClient(NatsOpts opts, BoundedChannelFullMode pending = BoundedChannelFullMode.Wait)
    {
        ArgumentNullException.ThrowIfNull(opts);
        if (ReferenceEquals(opts.SerializerRegistry, NatsDefaultSerializerRegistry.Default))
        {
            opts = opts with { SerializerRegistry = NatsClientDefaultSerializerRegistry.Default };
        }

        Connection = new NatsConnection(opts with { SubPendingChannelFullMode = pending });
    }

    public INatsConnection Connection { get; }

    public ValueTask ConnectAsync() => Connection.ConnectAsync();

    public ValueTask<TimeSpan> PingAsync(CancellationToken cancellationToken = default) => Connection.PingAsync(cancellationToken);

    public ValueTask PublishAsync<T>(string subject, T data, NatsHeaders? headers = default, string? replyTo = default, INatsSerialize<T>? serializer = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default) =>
        Connection.PublishAsync(subject, data, headers, replyTo, serializer, opts, cancellationToken);

    public ValueTask PublishAsync(string subject, NatsHeaders? headers = default, string? replyTo = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default) =>
        Connection.PublishAsync(subject, headers, replyTo, opts, cancellationToken);

    public IAsyncEnumerable<NatsMsg<T>> SubscribeAsync<T>(string subject, string? queueGroup = default, INatsDeserialize<T>? serializer = default, NatsSubOpts? opts = default, CancellationToken cancellationToken = default) =>
        Connection.SubscribeAsync(subject, queueGroup, serializer, opts, cancellationToken);

    public ValueTask<NatsMsg<TReply>> RequestAsync<TRequest, TReply>(string subject, TRequest? data, NatsHeaders? headers = default, INatsSerialize<TRequest>? requestSerializer = default, INatsDeserialize<TReply>? replySerializer = default, NatsPubOpts? requestOpts = default, NatsSubOpts? replyOpts = default, CancellationToken cancellationToken = default) =>
        Connection.RequestAsync(subject, data, headers, requestSerializer, replySerializer, requestOpts, replyOpts, cancellationToken);

    public ValueTask<NatsMsg<TReply>> RequestAsync<TReply>(string subject, INatsDeserialize<TReply>? replySerializer = default, NatsSubOpts? replyOpts = default, CancellationToken cancellationToken = default) =>
        Connection.RequestAsync(subject, replySerializer, replyOpts, cancellationToken);

    public ValueTask ReconnectAsync() => Connection.ReconnectAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Connection.DisposeAsync();
    }
}
