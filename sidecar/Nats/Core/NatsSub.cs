using System.Buffers;
using System.Threading.Channels;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>A subscription with a bounded channel of messages.</summary>
public class NatsSub<T> : NatsSubBase, INatsSub<T>
{
    private readonly Channel<NatsMsg<T>> _msgs;
    private readonly BoundedChannelFullMode _fullMode;

    public NatsSub(
        INatsConnection connection,
        INatsSubscriptionManager manager,
        string subject,
        string? queueGroup,
        NatsSubOpts? opts,
        INatsDeserialize<T> serializer,
        CancellationToken cancellationToken = default)
        : base(connection, manager, subject, queueGroup, opts, cancellationToken)
    {
        var bounds = Connection.GetBoundedChannelOpts(opts?.ChannelOpts);
        bounds.SingleWriter = true;
        _fullMode = bounds.FullMode;
        _msgs = Channel.CreateBounded<NatsMsg<T>>(bounds, OnDropped);
        Serializer = serializer;
        if (EndReason != NatsSubEndReason.None)
        {
            // Cancelled while this ran.
            TryComplete();
        }
    }

    public ChannelReader<NatsMsg<T>> Msgs => _msgs.Reader;

    private INatsDeserialize<T> Serializer { get; }

    protected override ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        var msg = MessageBuilder.Build(Connection, Subject, QueueGroup, subject, replyTo, headersBuffer, payloadBuffer, Serializer);
        if (_msgs.Writer.TryWrite(msg))
        {
            if (IsSlow && _msgs.Reader.Count <= 1)
            {
                ClearSlowConsumer();
            }

            DecrementMaxMsgs();
            return ValueTask.CompletedTask;
        }

        return _fullMode == BoundedChannelFullMode.Wait ? WaitToWriteAsync(msg) : ValueTask.CompletedTask;
    }

    protected override void TryComplete() => _msgs?.Writer.TryComplete();

    private async ValueTask WaitToWriteAsync(NatsMsg<T> msg)
    {
        await _msgs.Writer.WriteAsync(msg);
        DecrementMaxMsgs();
    }

    private void OnDropped(NatsMsg<T> msg) => Connection.OnMessageDropped(this, _msgs.Reader.Count, msg);
}
