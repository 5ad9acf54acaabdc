using System.Buffers;
using System.Collections.Concurrent;

namespace NATS.Client.Core.Internal;

/// <summary>The subscriptions of a connection by their number (sid). Numbers are never used twice, so a late message for an ended subscription finds nobody.</summary>
internal sealed class SubscriptionManager : INatsSubscriptionManager
{
    private readonly ConcurrentDictionary<int, NatsSubBase> _bySid = new();
    private readonly NatsConnection _connection;
    private readonly OutboundBuffer _outbound;
    private int _lastSid;

    public SubscriptionManager(NatsConnection connection, OutboundBuffer outbound)
    {
        _connection = connection;
        _outbound = outbound;
    }

    public ICollection<NatsSubBase> All => _bySid.Values;

    /// <summary>Registers, tells the server when there is one (a later connection is told by <see cref="WriteAll"/>), starts the timers.</summary>
    public ValueTask AddAsync(NatsSubBase sub)
    {
        var sid = Interlocked.Increment(ref _lastSid);

        // Made before a new connection can write the subscription as well: messages that come by that one count down what UNSUB is to say.
        var command = CommandEncoder.Subscribe(_connection.Opts.SubjectEncoding, sid, sub.Subject, sub.QueueGroup, sub.PendingMsgs);
        sub.Sid = sid;
        _bySid[sid] = sub;
        Telemetry.Subscriptions.Add(1);
        _outbound.WriteControl(command);
        if (!sub.IsUnsubscribed)
        {
            return sub.ReadyAsync();
        }

        // It ended (its token was cancelled, say) before it was in the list, or its UNSUB came before the SUB.
        Forget(sub);
        _outbound.WriteControl(CommandEncoder.Unsubscribe(sid));
        return ValueTask.CompletedTask;
    }

    public bool TryGet(int sid, out NatsSubBase? sub) => _bySid.TryGetValue(sid, out sub);

    public ValueTask RemoveAsync(NatsSubBase sub)
    {
        if (sub.Sid != 0 && Forget(sub))
        {
            _outbound.WriteControl(CommandEncoder.Unsubscribe(sub.Sid));
        }

        return ValueTask.CompletedTask;
    }

    private bool Forget(NatsSubBase sub)
    {
        if (!_bySid.TryRemove(sub.Sid, out _))
        {
            return false;
        }

        Telemetry.Subscriptions.Add(-1);
        return true;
    }

    /// <summary>UNSUB and a PING: what the server sent for the subscription has arrived when the PONG has.</summary>
    public async ValueTask FenceAsync(NatsSubBase sub, CancellationToken cancellationToken)
    {
        _outbound.WriteControl(CommandEncoder.Unsubscribe(sub.Sid));
        await _connection.FenceAsync(sub.Subject, cancellationToken);
    }

    /// <summary>Re-creates all subscriptions in the order in which they were made.</summary>
    public void WriteAll(IBufferWriter<byte> writer)
    {
        foreach (var (sid, sub) in _bySid.OrderBy(static x => x.Key))
        {
            sub.WriteReconnectCommands(writer, sid);
        }
    }

    /// <summary>
    /// The subscription that the server refused ends with that error. The server tells its number, or one error for each with that subject and queue group, and the oldest of them is meant (ADR-40): the
    /// others may be allowed.
    /// </summary>
    public void FailDenied(in DeniedSubscription denied, NatsException error)
    {
        if (!_bySid.TryGetValue(denied.Sid, out var sub))
        {
            var (subject, queue) = (denied.Subject, denied.Queue);
            sub = _bySid.Values.Where(x => x.Subject == subject && x.QueueGroup == queue).MinBy(static x => x.Sid);
        }

        sub?.FailSubscription(error);
    }
}
