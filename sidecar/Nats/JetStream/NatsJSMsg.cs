using NATS.Client.Core;
using NATS.Client.JetStream.Internal;

namespace NATS.Client.JetStream;

/// <summary>A message that a consumer delivered, with its acknowledgements.</summary>
/// <typeparam name="T">Type of the payload.</typeparam>
public readonly struct NatsJSMsg<T> : INatsJSMsg<T>
{
    private readonly NatsMsg<T> _msg;
    private readonly MsgOrigin _origin;

    /// <summary>Of a message that came by a core subscription, for example a push consumer's.</summary>
    public NatsJSMsg(NatsMsg<T> msg, INatsJSContext context)
        : this(msg, new MsgOrigin((context ?? throw new ArgumentNullException(nameof(context))).Opts))
    {
    }

    internal NatsJSMsg(in NatsMsg<T> msg, MsgOrigin origin)
    {
        _msg = msg;
        _origin = origin;
    }

    /// <inheritdoc/>
    public string Subject => _msg.Subject;

    /// <inheritdoc/>
    public int Size => _msg.Size;

    /// <inheritdoc/>
    public NatsHeaders? Headers => _msg.Headers;

    /// <inheritdoc/>
    public T? Data => _msg.Data;

    /// <inheritdoc/>
    public INatsConnection? Connection => _msg.Connection;

    /// <inheritdoc/>
    public NatsJSMsgMetadata? Metadata => _origin.ReadMetadata(_msg.ReplyTo);

    /// <inheritdoc/>
    public string? ReplyTo => _msg.ReplyTo;

    /// <inheritdoc/>
    public NatsException? Error => _msg.Error;

    /// <inheritdoc/>
    public void EnsureSuccess() => _msg.EnsureSuccess();

    /// <inheritdoc/>
    public ValueTask AckAsync(AckOpts? opts = default, CancellationToken cancellationToken = default) =>
        SendAsync(AckPayload.Ack, opts, cancellationToken);

    /// <inheritdoc/>
    public ValueTask NakAsync(AckOpts? opts = default, TimeSpan delay = default, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return SendAsync(delay == TimeSpan.Zero ? AckPayload.Nak : AckPayload.NakAfter(delay), opts, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask AckProgressAsync(AckOpts? opts = default, CancellationToken cancellationToken = default) =>
        SendAsync(AckPayload.Progress, opts, cancellationToken);

    /// <inheritdoc/>
    public ValueTask AckTerminateAsync(AckOpts? opts = default, CancellationToken cancellationToken = default) =>
        SendAsync(AckPayload.Terminate, opts, cancellationToken);

    private ValueTask SendAsync(ReadOnlyMemory<byte> payload, AckOpts? opts, CancellationToken cancellationToken)
    {
        if (_msg.Connection is not { } connection)
        {
            throw new NatsException("Unable to acknowledge: the message did not come by a subscription");
        }

        if (string.IsNullOrEmpty(_msg.ReplyTo))
        {
            throw new NatsException("Unable to acknowledge: the message has no reply subject");
        }

        return (opts ?? _origin.Opts.AckOpts).DoubleAck == true
            ? ConfirmAsync(connection, _msg.ReplyTo, payload, _origin.Opts.RequestTimeout, cancellationToken)
            : connection.PublishAsync(_msg.ReplyTo, payload, serializer: RawSerializer.Default, cancellationToken: cancellationToken);
    }

    private static async ValueTask ConfirmAsync(
        INatsConnection connection,
        string replyTo,
        ReadOnlyMemory<byte> payload,
        TimeSpan timeout,
        CancellationToken cancellationToken) =>
        await connection.RequestAsync<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
            replyTo,
            payload,
            requestSerializer: RawSerializer.Default,
            replySerializer: RawSerializer.Default,
            replyOpts: new NatsSubOpts { Timeout = timeout },
            cancellationToken: cancellationToken);
}
