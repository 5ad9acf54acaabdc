using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>
/// What every subscription shares: limits and timers that end it, errors, unsubscribing. A derived class takes the messages in <see cref="ReceiveInternalAsync"/>, which runs on the
/// connection's read loop, and closes its channel in <see cref="TryComplete"/>.
/// </summary>
public abstract class NatsSubBase
{
    private readonly Lock _gate = new();
    private readonly INatsSubscriptionManager _manager;
    private readonly TimeSpan _idleTimeout;
    private readonly TimeSpan _startUpTimeout;
    private readonly TimeSpan _timeout;
    private readonly Timer? _timeoutTimer;
    private readonly Timer? _idleTimeoutTimer;
    private readonly bool _countPendingMsgs;
    private readonly CancellationTokenRegistration _registration;
    private Timer? _startUpTimeoutTimer;
    private bool _disposed;
    private bool _unsubscribed;
    private bool _ended;
    private int _endReason;
    private int _pendingMsgs;
    private int _slow;
    private Exception? _exception;

    protected NatsSubBase(
        INatsConnection connection,
        INatsSubscriptionManager manager,
        string subject,
        string? queueGroup,
        NatsSubOpts? opts,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        cancellationToken.ThrowIfCancellationRequested();
        _manager = manager;
        Connection = connection;
        Subject = subject;
        QueueGroup = queueGroup;
        Opts = opts;
        _pendingMsgs = opts?.MaxMsgs is > 0 and var max ? max : -1;
        _countPendingMsgs = _pendingMsgs > 0;
        _idleTimeout = opts?.IdleTimeout ?? default;
        _startUpTimeout = opts?.StartUpTimeout ?? default;
        _timeout = opts?.Timeout ?? default;
        _idleTimeoutTimer = TimerFor(_idleTimeout, NatsSubEndReason.IdleTimeout);
        _startUpTimeoutTimer = TimerFor(_startUpTimeout, NatsSubEndReason.StartUpTimeout);
        _timeoutTimer = TimerFor(_timeout, NatsSubEndReason.Timeout);
        _registration = cancellationToken.UnsafeRegister(
            static state => ((NatsSubBase)state!).EndSubscription(NatsSubEndReason.Cancelled), this);
    }

    public string Subject { get; }

    public string? QueueGroup { get; }

    /// <summary>What ended the subscription, when an error did.</summary>
    public Exception? Exception => Volatile.Read(ref _exception);

    /// <summary>How many messages are still to come with <see cref="NatsSubOpts.MaxMsgs"/>; null without.</summary>
    public int? PendingMsgs => _countPendingMsgs ? Volatile.Read(ref _pendingMsgs) : null;

    public NatsSubEndReason EndReason => (NatsSubEndReason)Volatile.Read(ref _endReason);

    internal NatsSubOpts? Opts { get; }

    /// <summary>The number by which the server calls this subscription; 0 before it is added to a connection.</summary>
    internal int Sid { get; set; }

    /// <summary>Whether it has been ended, by whomever.</summary>
    internal bool IsUnsubscribed
    {
        get
        {
            lock (_gate)
            {
                return _unsubscribed;
            }
        }
    }

    protected INatsConnection Connection { get; }

    /// <summary>Called when the subscription is at the server's: the timers start.</summary>
    public virtual ValueTask ReadyAsync()
    {
        // With a start-up timeout the idle time counts from the first message.
        if (_startUpTimeoutTimer is { } startUp)
        {
            Change(startUp, _startUpTimeout);
        }
        else
        {
            Change(_idleTimeoutTimer, _idleTimeout);
        }

        Change(_timeoutTimer, _timeout);
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends the subscription at once; messages in flight are dropped.</summary>
    public ValueTask UnsubscribeAsync()
    {
        lock (_gate)
        {
            if (_unsubscribed)
            {
                return ValueTask.CompletedTask;
            }

            _unsubscribed = true;
        }

        StopTimers();

        // Not every subscription that ended is disposed; a token that lives on must not keep it. Does not wait for a callback under way, which may be this very call.
        _registration.Unregister();
        TryComplete();
        return _manager.RemoveAsync(this);
    }

    /// <summary>Ends the subscription after what the server had sent before is in the channel.</summary>
    public async ValueTask DrainAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_unsubscribed)
            {
                return;
            }
        }

        try
        {
            if (_manager is SubscriptionManager manager)
            {
                await manager.FenceAsync(this, cancellationToken);
            }
        }
        finally
        {
            // Also when the wait is given up: the server sends nothing more, and a reader must not wait for it.
            await UnsubscribeAsync();
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        await UnsubscribeAsync();
        _timeoutTimer?.Dispose();
        _idleTimeoutTimer?.Dispose();
        _startUpTimeoutTimer?.Dispose();
        await _registration.DisposeAsync();
        if (Exception is { } exception)
        {
            if (exception is NatsSubException { Exception: { } inner })
            {
                inner.Throw();
            }

            ExceptionDispatchInfo.Throw(exception);
        }
    }

    /// <summary>Takes one message off the read loop. Buffers are valid until the returned task completes.</summary>
    public virtual ValueTask ReceiveAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        Change(_idleTimeoutTimer, _idleTimeout);
        if (_startUpTimeoutTimer is { } startUp)
        {
            _startUpTimeoutTimer = null;
            startUp.Dispose();
        }

        if (payloadBuffer.IsEmpty && Opts is not null)
        {
            if (Opts.ThrowIfNoResponders == true && headersBuffer is { IsSingleSegment: true } headers && HeaderReader.IsNoResponders(headers.FirstSpan))
            {
                SetException(new NatsNoRespondersException());
                return ValueTask.CompletedTask;
            }

            if (Opts.StopOnEmptyMsg == true)
            {
                EndSubscription(NatsSubEndReason.EmptyMsg);
                return ValueTask.CompletedTask;
            }
        }

        try
        {
            var received = ReceiveInternalAsync(subject, replyTo, headersBuffer, payloadBuffer);
            return received.IsCompletedSuccessfully ? ValueTask.CompletedTask : AwaitReceivedAsync(received, headersBuffer, payloadBuffer);
        }
        catch (ChannelClosedException)
        {
            // Ended meanwhile: nobody waits for the message.
            return ValueTask.CompletedTask;
        }
        catch (Exception e)
        {
            Fail(e, headersBuffer, payloadBuffer);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>
    /// Writes what re-creates this subscription on a new connection. Derived classes add commands behind it (a pull request, say) with <see cref="CommandEncoder"/>.
    /// </summary>
    internal virtual void WriteReconnectCommands(IBufferWriter<byte> writer, int sid) =>
        writer.Write(CommandEncoder.Subscribe(Connection.Opts.SubjectEncoding, sid, Subject, QueueGroup, PendingMsgs));

    /// <summary>True the first time of an episode of dropping.</summary>
    internal bool TryMarkSlowConsumer() => Interlocked.Exchange(ref _slow, 1) == 0;

    internal void ClearSlowConsumer() => Volatile.Write(ref _slow, 0);

    internal bool IsSlow => Volatile.Read(ref _slow) != 0;

    /// <summary>Ends the subscription with an error that its reader gets.</summary>
    internal void FailSubscription(Exception exception) => SetException(exception);

    internal void ClearException() => Interlocked.Exchange(ref _exception, null);

    /// <summary>Takes a message that matched the subscription.</summary>
    /// <param name="subject">The message's subject, which differs from the subscription's with wildcards.</param>
    /// <param name="replyTo">Where an answer is expected.</param>
    /// <param name="headersBuffer">The header block, null when there is none.</param>
    /// <param name="payloadBuffer">The payload; the memory is the connection's.</param>
    protected abstract ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer);

    /// <summary>Completes the channel; called once or more, on any thread.</summary>
    protected abstract void TryComplete();

    protected void SetException(Exception exception)
    {
        Interlocked.CompareExchange(ref _exception, exception, null);
        EndSubscription(NatsSubEndReason.Exception);
    }

    protected void ResetIdleTimeout() => Change(_idleTimeoutTimer, _idleTimeout);

    /// <summary>Counts a message; the last one ends the subscription.</summary>
    protected void DecrementMaxMsgs()
    {
        if (_countPendingMsgs && Interlocked.Decrement(ref _pendingMsgs) == 0)
        {
            EndSubscription(NatsSubEndReason.MaxMsgs);
        }
    }

    protected void EndSubscription(NatsSubEndReason reason)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
        }

        Volatile.Write(ref _endReason, (int)reason);
        var unsubscribed = UnsubscribeAsync();
        if (!unsubscribed.IsCompletedSuccessfully)
        {
            _ = LogFailureAsync(unsubscribed);
        }
    }

    private static void Change(Timer? timer, TimeSpan due)
    {
        try
        {
            timer?.Change(due, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // A message and the end of the subscription crossed: the end wins.
            return;
        }
    }

    private async Task LogFailureAsync(ValueTask unsubscribed)
    {
        try
        {
            await unsubscribed;
        }
        catch (Exception e)
        {
            Log.UnsubscribeFailed(Connection.Opts.LoggerFactory.CreateLogger<NatsSubBase>(), e, Subject);
        }
    }

    private async ValueTask AwaitReceivedAsync(ValueTask received, ReadOnlySequence<byte>? headers, ReadOnlySequence<byte> payload)
    {
        try
        {
            await received;
        }
        catch (ChannelClosedException)
        {
            // Ended meanwhile: nobody waits for the message.
            return;
        }
        catch (Exception e)
        {
            Fail(e, headers, payload);
        }
    }

    private void Fail(Exception e, ReadOnlySequence<byte>? headers, ReadOnlySequence<byte> payload) =>
        SetException(new NatsSubException($"Message error: {e.Message}", ExceptionDispatchInfo.Capture(e), payload.ToArray(), headers?.ToArray() ?? []));

    private Timer? TimerFor(TimeSpan timeout, NatsSubEndReason reason) =>
        timeout == default ? null : new Timer(_ => EndSubscription(reason), null, Timeout.Infinite, Timeout.Infinite);

    private void StopTimers()
    {
        Change(_timeoutTimer, Timeout.InfiniteTimeSpan);
        Change(_idleTimeoutTimer, Timeout.InfiniteTimeSpan);
        Change(_startUpTimeoutTimer, Timeout.InfiniteTimeSpan);
    }
}
