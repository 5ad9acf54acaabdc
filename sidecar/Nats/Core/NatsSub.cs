using System.Buffers;
using System.Threading.Channels;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>A subscription with a bounded channel of messages.</summary>
public sealed class NatsSub<T> : NatsSubBase, INatsSub<T>
{
    private readonly MsgQueue<NatsMsg<T>> _msgs;
    private readonly BoundedChannelFullMode _fullMode;
    private readonly WakeList? _wakes;

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
        _fullMode = bounds.FullMode;
        _msgs = new MsgQueue<NatsMsg<T>>(bounds.Capacity, bounds.FullMode, OnDropped);
        _wakes = (Connection as NatsConnection)?.Wakes;
        Serializer = serializer;
        if (EndReason != NatsSubEndReason.None)
        {
            // Cancelled while this ran.
            TryComplete();
        }
    }

    public ChannelReader<NatsMsg<T>> Msgs => _msgs;

    private INatsDeserialize<T> Serializer { get; }

    protected override ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        var msg = MessageBuilder.Build(Connection, Subject, QueueGroup, subject, replyTo, headersBuffer, payloadBuffer, Serializer);
        if (_msgs.TryWrite(msg, _wakes))
        {
            if (IsSlow && _msgs.Count <= 1)
            {
                ClearSlowConsumer();
            }

            DecrementMaxMsgs();
            return ValueTask.CompletedTask;
        }

        return _fullMode == BoundedChannelFullMode.Wait ? WaitToWriteAsync(msg) : ValueTask.CompletedTask;
    }

    protected override void TryComplete() => _msgs?.End();

    private async ValueTask WaitToWriteAsync(NatsMsg<T> msg)
    {
        await _msgs.WriteAsync(msg);
        DecrementMaxMsgs();
    }

    private void OnDropped(NatsMsg<T> msg) => Connection.OnMessageDropped(this, _msgs.Count, msg);
}
