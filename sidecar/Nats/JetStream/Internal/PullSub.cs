using System.Buffers;
using System.Threading.Channels;
using NATS.Client.Core;
using NATS.Client.Core.Internal;

namespace NATS.Client.JetStream.Internal;

/// <summary>
/// The inbox of a pull: messages, status messages and wake-ups in one buffer in the order in which they came, so that the consuming side needs
/// neither locks nor a task of its own. No more comes than was pulled, unless a server errs: what goes far beyond that is dropped, told as every dropped message is, and comes again like
/// everything that is not acknowledged.
/// </summary>
internal sealed class PullSub<T> : NatsSubBase
{
    /// <summary>So many times a pull may lie in the buffer: pulls that were thought lost may be answered after all.</summary>
    private const int PullsThatMayOverlap = 4;

    /// <summary>Signs of life and ends of pulls that may lie there besides.</summary>
    private const int Spare = 1000;

    private readonly MsgQueue<PullItem<T>> _buffer = new(int.MaxValue, BoundedChannelFullMode.Wait);
    private readonly WakeList? _wakes;
    private readonly INatsDeserialize<T> _serializer;
    private readonly bool _wantsHeartbeats;
    private readonly long _most;
    private bool _isStopping;
    private long _lastActivity = Environment.TickCount64;

    internal PullSub(INatsConnection connection, string inbox, INatsDeserialize<T> serializer, PullPlan plan)
        : base(connection, connection.SubscriptionManager, $"{inbox}.*", queueGroup: null, opts: null)
    {
        _serializer = serializer;
        _wantsHeartbeats = plan.Ordered;
        _most = ((long)plan.MaxMsgs * PullsThatMayOverlap) + Spare;
        _wakes = (connection as NatsConnection)?.Wakes;
        Inbox = inbox;
    }

    /// <summary>What the subjects of the pulls begin with.</summary>
    internal string Inbox { get; }

    internal long LastActivity
    {
        get => Volatile.Read(ref _lastActivity);
        set => Volatile.Write(ref _lastActivity, value);
    }

    internal bool IsStopping => Volatile.Read(ref _isStopping);

    internal bool TryRead(out PullItem<T> item) => _buffer.TryRead(out item);

    /// <summary>False when nothing will come any more. Takes no token, since only so the wait does not allocate: stopping is an item.</summary>
    internal ValueTask<bool> WaitToReadAsync() => _buffer.WaitToReadAsync();

    /// <summary>Ends the consuming at once: what lies in the buffer is left there.</summary>
    internal void Stop()
    {
        Volatile.Write(ref _isStopping, true);
        Wake(PullItemKind.Stop);
    }

    internal void Wake(PullItemKind kind) => _buffer.TryWrite(PullItem<T>.Of(kind), null);

    /// <inheritdoc/>
    protected override ValueTask ReceiveInternalAsync(
        string subject,
        string? replyTo,
        ReadOnlySequence<byte>? headersBuffer,
        ReadOnlySequence<byte> payloadBuffer)
    {
        LastActivity = Environment.TickCount64;
        if (headersBuffer is { } headers && payloadBuffer.IsEmpty && PullStatus.IsStatus(headers))
        {
            var status = PullStatus.Parse(subject, headers);
            if ((status.Code != 100 || _wantsHeartbeats) && _buffer.Count < _most)
            {
                _buffer.TryWrite(PullItem<T>.OfStatus(status), _wakes);
            }
        }
        else
        {
            var message = MessageBuilder.Build(Connection, Subject, QueueGroup, subject, replyTo, headersBuffer, payloadBuffer, _serializer);
            if (_buffer.Count < _most)
            {
                _buffer.TryWrite(new PullItem<T>(message), _wakes);
            }
            else
            {
                Connection.OnMessageDropped(this, _buffer.Count, message);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override void TryComplete() => _buffer.End();
}
