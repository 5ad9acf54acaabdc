using System.Buffers;
using NATS.Client.Core;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Hears states straight from their devices, on the thread that reads the connection, for <see cref="StateStore.Preview"/>: no queue, no task, and nothing kept.
/// </summary>
internal sealed class StatePreviewSub(INatsConnection connection, string subject, StateStore store)
    : NatsSubBase(connection, connection.SubscriptionManager, subject, queueGroup: null, opts: null)
{
    protected override ValueTask ReceiveInternalAsync(
        string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        // What carries headers (a removal, a message id) is the stream's to judge.
        store.Preview(subject, payloadBuffer, mayShow: headersBuffer is null && payloadBuffer.IsSingleSegment);
        return ValueTask.CompletedTask;
    }

    protected override void TryComplete()
    {
        // Nothing waits for the end.
    }
}
