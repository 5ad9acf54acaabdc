using NATS.Client.Core;

namespace NATS.Client.JetStream.Internal;

/// <summary>
/// Consumes one consumer (ADR-37). All decisions are made on the consuming side, one entry of the buffer after the other: how much is on its
/// way, when to pull again, what a status means. The caller turns <see cref="Step"/> into awaits, so that a message costs no task.
/// </summary>
internal sealed partial class PullEngine<T> : IAsyncDisposable
{
    private const int NoConsumerSequence = -1;

    private readonly NatsJSContext _context;
    private readonly string _stream;
    private readonly string _consumer;
    private readonly PullPlan _plan;
    private readonly PullSub<T> _sub;
    private readonly string _nextSubject;
    private readonly Timer _timer;
    private readonly long _deadline;
    private readonly CancellationTokenRegistration _stopping;
    private long _messagesOnTheWay;
    private long _bytesOnTheWay;
    private long _messagesLeft;
    private long _bytesLeft;
    private string _pullInbox;
    private int _pullNumber;
    private int _consecutive503;
    private long _retryAt = long.MaxValue;
    private int _tickPending;
    private long _returnedAt = Environment.TickCount64;
    private bool _isOut;
    private bool _stopped;
    private bool _inDoubt;
    private bool _wasTooLarge;
    private PullStep? _pending;
    private INatsJSNotification? _notification;

    private PullEngine(NatsJSContext context, string stream, string consumer, PullPlan plan, PullSub<T> sub, CancellationToken cancellationToken)
    {
        _context = context;
        _stream = stream;
        _consumer = consumer;
        _plan = plan;
        _sub = sub;
        _pullInbox = sub.Inbox;
        _nextSubject = context.ApiSubject($"CONSUMER.MSG.NEXT.{stream}.{consumer}");
        _messagesLeft = plan.MaxMsgs;
        _bytesLeft = plan.MaxBytes;
        _deadline = Environment.TickCount64 + (long)plan.Expires.TotalMilliseconds;
        _pending = PullStep.Pull;
        _timer = new Timer(static state => ((PullEngine<T>)state!).OnTimer(), this, Timeout.Infinite, Timeout.Infinite);
        _stopping = cancellationToken.UnsafeRegister(static state => ((PullSub<T>)state!).Stop(), sub);
        if (context.Connection is NatsConnection connection)
        {
            connection.Opened += OnOpened;
        }
        else
        {
            context.Connection.ConnectionOpened += OnConnectionOpenedAsync;
        }
    }

    /// <summary>Why it <see cref="PullStep.Failed"/>.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>Why it is <see cref="PullStep.Lost"/>.</summary>
    internal string LostBecause { get; private set; } = string.Empty;

    /// <summary>Set by an ordered consumer after each message: what a heartbeat is compared with.</summary>
    internal long LastConsumerSequence { get; set; } = NoConsumerSequence;

    internal static async ValueTask<PullEngine<T>> StartAsync(
        NatsJSContext context,
        string stream,
        string consumer,
        PullPlan plan,
        INatsDeserialize<T>? serializer,
        CancellationToken cancellationToken)
    {
        var connection = context.Connection;
        serializer ??= connection.Opts.SerializerRegistry.GetDeserializer<T>();
        var sub = new PullSub<T>(connection, connection.NewInbox(), serializer, plan);
        await connection.AddSubAsync(sub, cancellationToken);
        var engine = new PullEngine<T>(context, stream, consumer, plan, sub, cancellationToken);
        engine.StartTimer();
        return engine;
    }

    /// <summary>What to do next; with <see cref="PullStep.Message"/> the message.</summary>
    internal PullStep Step(out NatsMsg<T> message)
    {
        message = default;
        if (_isOut)
        {
            _isOut = false;
            _returnedAt = Environment.TickCount64;
        }

        while (true)
        {
            if (_sub.IsStopping)
            {
                _stopped = true;
                return PullStep.End;
            }

            if (_notification is not null)
            {
                return PullStep.Notify;
            }

            if (_pending is { } pending)
            {
                return pending;
            }

            if (!_sub.TryRead(out var item))
            {
                return PullStep.Wait;
            }

            switch (item.Kind)
            {
                case PullItemKind.Message:
                    message = item.Message;
                    _isOut = true;
                    OnMessage(message.Size);
                    return PullStep.Message;
                case PullItemKind.Status:
                    OnStatus(item.Status!);
                    break;
                case PullItemKind.Tick:
                    OnTick();
                    break;
                case PullItemKind.Reconnected:
                    OnReconnected();
                    break;
                case PullItemKind.NothingLeft:
                    _pending ??= PullStep.End;
                    break;
                case PullItemKind.Stop:
                    // Seen above.
                    break;
            }
        }
    }

    /// <summary>Waits until <see cref="Step"/> has something; false means that nothing will come any more (<see cref="OnCompleted"/>).</summary>
    internal ValueTask<bool> WaitToReadAsync() => _sub.WaitToReadAsync();

    /// <summary>The subscription ended: the server refused it, or the connection was disposed.</summary>
    internal void OnCompleted()
    {
        if (!_stopped)
        {
            Fail(_sub.Exception ?? new NatsJSConnectionException("the subscription ended"));
        }
    }

    /// <summary>Throws when the caller's token, and not the consumer, ended it.</summary>
    internal void ThrowIfStopped(CancellationToken cancellationToken)
    {
        if (_stopped)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Tells the handler; what it throws is logged, because it must not end the consuming.</summary>
    internal async ValueTask NotifyAsync(CancellationToken cancellationToken)
    {
        var notification = _notification!;
        _notification = null;
        JSLog.Notification(_context.Logger, _stream, _consumer, notification.Name);
        if (_plan.Handler is not { } handler)
        {
            return;
        }

        try
        {
            await handler(notification, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            JSLog.NotificationHandlerFailed(_context.Logger, e, _stream, _consumer);
        }
    }

    /// <summary>Sends a pull for what is missing. While the connection is away nothing is sent: the reconnect does it.</summary>
    internal async ValueTask PullAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PullUnlessStoppedAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next step is the end, as wherever else the token finds it.
            _sub.Stop();
        }
    }

    private async ValueTask PullUnlessStoppedAsync(CancellationToken cancellationToken)
    {
        _pending = null;
        if (_context.Connection.ConnectionState != NatsConnectionState.Open || await IsGoneOrEmptyAsync(cancellationToken))
        {
            return;
        }

        var request = NextRequest();
        if (request.Batch <= 0)
        {
            return;
        }

        _messagesOnTheWay += request.Batch;
        _bytesOnTheWay += request.MaxBytes;
        _pullInbox = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{_sub.Inbox}.{++_pullNumber}");
        try
        {
            await _context.Connection.PublishAsync(
                _nextSubject,
                request,
                replyTo: _pullInbox,
                serializer: PullRequest.Serializer.Default,
                cancellationToken: cancellationToken);
        }
        catch (NatsException e)
        {
            JSLog.PullNotSent(_context.Logger, e, _stream, _consumer);
            RetryAfter(TimeSpan.FromMilliseconds(250));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _context.Connection.ConnectionOpened -= OnConnectionOpenedAsync;
        if (_context.Connection is NatsConnection connection)
        {
            connection.Opened -= OnOpened;
        }

        await _stopping.DisposeAsync();
        await _timer.DisposeAsync();
        await _sub.UnsubscribeAsync();
    }

    /// <summary>
    /// After a silence the consumer may be gone: servers before 2.10 leave a pull of no consumer without an answer, and others may have removed it while nobody pulled. And they leave a pull that is
    /// not to wait without an answer when what there is was delivered as often as it may be.
    /// </summary>
    private async ValueTask<bool> IsGoneOrEmptyAsync(CancellationToken cancellationToken)
    {
        if (!_inDoubt)
        {
            return false;
        }

        _inDoubt = false;
        try
        {
            var info = await _context.GetConsumerInfoAsync(_stream, _consumer, cancellationToken);
            if (_plan.NoWait && HasNothingToGive(info))
            {
                // Behind what was sent before the answer.
                _sub.Wake(PullItemKind.NothingLeft);
            }

            return _plan.NoWait;
        }
        catch (NatsJSApiException e) when (e.Error.Code == 404)
        {
            Fail(new NatsJSProtocolException(404, NatsHeaders.Messages.ConsumerDeleted, e.Message));
            return true;
        }
        catch (NatsException e)
        {
            // The server cannot tell now; the next pull will.
            JSLog.PullNotSent(_context.Logger, e, _stream, _consumer);
            return _plan.NoWait;
        }
    }

    private static bool HasNothingToGive(Models.ConsumerInfo info) =>
        info.NumPending == 0 || (info.Config.MaxAckPending > 0 && info.NumAckPending >= info.Config.MaxAckPending);

    private PullRequest NextRequest()
    {
        if (!_plan.Once)
        {
            var bytes = _plan.MaxBytes == 0 ? 0 : Math.Max(0, _plan.MaxBytes - _bytesOnTheWay);
            var enoughBytes = _plan.MaxBytes > 0 && bytes == 0;
            return new PullRequest(
                enoughBytes ? 0 : _plan.CountsMessages ? _plan.MaxMsgs - _messagesOnTheWay : _plan.MaxMsgs,
                bytes,
                _plan.Expires,
                _plan.Heartbeat,
                NoWait: false);
        }

        // A second pull of a fetch, after a reconnect, lasts only as long as the fetch.
        var left = TimeSpan.FromMilliseconds(Math.Max(1, _deadline - Environment.TickCount64));

        // The server takes a heartbeat of at most half the expiry, and the first pull comes a millisecond late already.
        var heartbeat = _plan.Heartbeat <= left / 2 ? _plan.Heartbeat : left / 2;
        return new PullRequest(_messagesLeft, _bytesLeft, left, heartbeat >= PullPlan.LeastHeartbeat ? heartbeat : TimeSpan.Zero, _plan.NoWait);
    }
}
