using NATS.Client.Core;

namespace NATS.Client.JetStream.Internal;

/// <summary>What the entries of the buffer mean.</summary>
internal sealed partial class PullEngine<T>
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    /// <summary>A fetch without heartbeats waits so much longer than the server, whose own end message is the usual end.</summary>
    private static readonly TimeSpan FetchGrace = TimeSpan.FromSeconds(1);

    /// <summary>So long a fetch that does not wait waits for the server's word that there is nothing, before it asks.</summary>
    private static readonly TimeSpan NoWaitPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>The tick count is coarser than the timer.</summary>
    private const long ClockGrain = 20;

    private void OnMessage(int size)
    {
        _consecutive503 = 0;
        _wasTooLarge = false;
        _messagesOnTheWay = Math.Max(0, _messagesOnTheWay - 1);
        _bytesOnTheWay = Math.Max(0, _bytesOnTheWay - size);
        if (!_plan.Once)
        {
            PullWhenLow();
            return;
        }

        _bytesLeft -= size;
        if (--_messagesLeft <= 0 || (_plan.MaxBytes > 0 && _bytesLeft <= 0))
        {
            _pending = PullStep.End;
        }
    }

    private void OnStatus(PullStatus status)
    {
        switch (status.Code)
        {
            case 100:
                CheckHeartbeat(status);
                break;
            case 404 or 408:
                Settle(status);
                break;
            case 409:
                OnConflict(status);
                break;
            case 503:
                OnNoResponders();
                break;
            case 400:
                Fail(Protocol(status, NatsHeaders.Messages.BadRequest));
                break;
            default:
                _notification = new NatsJSProtocolNotification("Unhandled protocol message", status.Code, status.Text);
                break;
        }
    }

    private void OnConflict(PullStatus status)
    {
        if (status.Text.Contains("Deleted", StringComparison.OrdinalIgnoreCase))
        {
            Trouble("the consumer was deleted", () => Fail(Protocol(status, NatsHeaders.Messages.ConsumerDeleted)));
        }
        else if (status.Text.Contains("push based", StringComparison.OrdinalIgnoreCase))
        {
            Fail(Protocol(status, NatsHeaders.Messages.ConsumerIsPushBased));
        }
        else if (status.Text.StartsWith("Exceeded MaxRequest", StringComparison.OrdinalIgnoreCase))
        {
            OnLimitExceeded(status);
        }
        else if (status.Text.StartsWith("Message Size", StringComparison.OrdinalIgnoreCase))
        {
            OnMessageTooLarge(status);
        }
        else if (status.Text.StartsWith("Leadership", StringComparison.OrdinalIgnoreCase)
            || status.Text.StartsWith("Server Shutdown", StringComparison.OrdinalIgnoreCase))
        {
            _notification = NatsJSLeadershipChangeNotification.Default;
            Trouble(status.Text, () => RetryAfter(FirstRetry));
        }
        else if (status.Text.StartsWith("Batch Completed", StringComparison.OrdinalIgnoreCase))
        {
            Settle(status);
        }
        else
        {
            // "Exceeded MaxWaiting" and what later servers may say: nothing more comes of this pull.
            _notification = new NatsJSProtocolNotification("Pull ended", status.Code, status.Text);
            Forget(status);
            EndOrRetry();
        }
    }

    /// <summary>
    /// The consumer's limits were lowered after it was asked for them. A fetch can only say so; a consume goes on (ADR-37), seldom, because whoever lowered them must raise them or begin anew.
    /// </summary>
    private void OnLimitExceeded(PullStatus status)
    {
        if (_plan.Once)
        {
            Fail(Protocol(status, NatsHeaders.Messages.Text));
            return;
        }

        _notification = new NatsJSProtocolNotification("Pull refused", status.Code, status.Text);
        RetryAfter(LongestRetry);
    }

    private void OnMessageTooLarge(PullStatus status)
    {
        Forget(status);
        if (_plan.Once)
        {
            _pending ??= PullStep.End;
        }
        else if (_bytesOnTheWay == 0 || _wasTooLarge)
        {
            _notification = NatsJSMessageSizeExceedsMaxBytesNotification.Default;
            RetryAfter(LongestRetry);
        }
        else
        {
            // Only the rest of the room may have been too small. A second time without a message in between it was not.
            _wasTooLarge = true;
            PullWhenLow();
        }
    }

    /// <summary>The pull is over: what it still owed is not on its way any more.</summary>
    private void Settle(PullStatus status)
    {
        if (_plan.Once)
        {
            if (string.Equals(status.Inbox, _pullInbox, StringComparison.Ordinal))
            {
                _pending ??= PullStep.End;
            }

            return;
        }

        Forget(status);
        PullWhenLow();
    }

    private void Forget(PullStatus status)
    {
        _messagesOnTheWay = status.PendingMessages < 0 ? 0 : Math.Max(0, _messagesOnTheWay - status.PendingMessages);
        _bytesOnTheWay = status.PendingBytes < 0 ? 0 : Math.Max(0, _bytesOnTheWay - status.PendingBytes);
    }

    private void PullWhenLow()
    {
        if (_retryAt == long.MaxValue
            && ((_plan.CountsMessages && _messagesOnTheWay <= _plan.ThresholdMsgs) || (_plan.MaxBytes > 0 && _bytesOnTheWay <= _plan.ThresholdBytes)))
        {
            _pending ??= PullStep.Pull;
        }
    }

    private void CheckHeartbeat(PullStatus status)
    {
        if (_plan.Ordered && status.LastConsumerSequence > Math.Max(0, LastConsumerSequence))
        {
            Lose($"the server delivered up to {status.LastConsumerSequence}, {LastConsumerSequence} arrived");
        }
    }

    private void OnNoResponders()
    {
        _consecutive503++;
        Trouble("no responders", () =>
        {
            _notification = NatsJSNoRespondersNotification.Default;
            if (_plan.MaxConsecutive503 >= 0 && _consecutive503 > _plan.MaxConsecutive503)
            {
                Fail(new NatsJSProtocolException(503, NatsHeaders.Messages.Text, "No Responders: the consumer is gone"));
                return;
            }

            var wait = FirstRetry * Math.Pow(2, Math.Min(_consecutive503 - 1, 10));
            RetryAfter(wait < LongestRetry ? wait : LongestRetry);
        });
    }

    private void OnReconnected() => Trouble("the connection was lost", () =>
    {
        _messagesOnTheWay = 0;
        _bytesOnTheWay = 0;
        _retryAt = long.MaxValue;
        _inDoubt &= !_plan.NoWait;
        _pending ??= _plan.Once && Environment.TickCount64 >= _deadline ? PullStep.End : PullStep.Pull;
    });

    /// <summary>
    /// Silence counts only while the consuming side waits: while it is busy with a message, the pulls expire and nothing more is to be expected.
    /// </summary>
    private void OnTick()
    {
        Interlocked.Exchange(ref _tickPending, 0);
        var now = Environment.TickCount64;
        if (_plan.Once && now >= _deadline + (long)FetchGrace.TotalMilliseconds)
        {
            _pending ??= PullStep.End;
        }
        else if (now >= _retryAt - ClockGrain && _retryAt != long.MaxValue)
        {
            _retryAt = long.MaxValue;
            _messagesOnTheWay = 0;
            _bytesOnTheWay = 0;
            _pending ??= PullStep.Pull;
        }
        else if (_context.Connection.ConnectionState != NatsConnectionState.Open)
        {
            // Silence says nothing now; the reconnect will.
            _sub.LastActivity = now;
        }
        else if (_plan.NoWait && _retryAt == long.MaxValue && now - Math.Max(_sub.LastActivity, _returnedAt) > (long)NoWaitPatience.TotalMilliseconds - ClockGrain)
        {
            _inDoubt = true;
            _pending ??= PullStep.Pull;
        }
        else if (_plan.Heartbeat > TimeSpan.Zero && now - Math.Max(_sub.LastActivity, _returnedAt) > 2 * (long)_plan.Heartbeat.TotalMilliseconds)
        {
            _sub.LastActivity = now;
            _notification = NatsJSTimeoutNotification.Default;
            _inDoubt = true;
            Trouble("no sign of life from the server", () => RetryAfter(TimeSpan.Zero));
        }
    }

    private void EndOrRetry()
    {
        if (_plan.Once)
        {
            _pending ??= PullStep.End;
        }
        else
        {
            RetryAfter(FirstRetry);
        }
    }

    /// <summary>An ordered consumer is made anew whatever happened; the others do what is said.</summary>
    private void Trouble(string reason, Action otherwise)
    {
        if (_plan.Ordered)
        {
            Lose(reason);
        }
        else
        {
            otherwise();
        }
    }

    private void Lose(string reason)
    {
        LostBecause = reason;
        _pending = PullStep.Lost;
    }

    private void Fail(Exception failure)
    {
        Failure ??= failure;
        _pending = PullStep.Failed;
    }

    /// <summary>Everything on its way is given up, and pulled again after a pause.</summary>
    private void RetryAfter(TimeSpan pause)
    {
        _messagesOnTheWay = 0;
        _bytesOnTheWay = 0;
        if (pause == TimeSpan.Zero)
        {
            _pending ??= PullStep.Pull;
            return;
        }

        _retryAt = Environment.TickCount64 + (long)pause.TotalMilliseconds;
        _timer.Change(pause + TimeSpan.FromMilliseconds(1), TickInterval());
    }

    private void StartTimer() => _timer.Change(TickInterval(), TickInterval());

    private TimeSpan TickInterval() =>
        _plan.Heartbeat > TimeSpan.Zero ? _plan.Heartbeat
        : _plan.NoWait ? NoWaitPatience
        : _plan.Once ? TimeSpan.FromMilliseconds(Math.Max(0, _deadline - Environment.TickCount64) + ClockGrain) + FetchGrace
        : TimeSpan.FromSeconds(1);

    /// <summary>At most one tick lies in the buffer, so that a consumer who does not read does not let them pile up.</summary>
    private void OnTimer()
    {
        if (Interlocked.Exchange(ref _tickPending, 1) == 0)
        {
            _sub.Wake(PullItemKind.Tick);
        }
    }

    private ValueTask OnConnectionOpenedAsync(object? sender, NatsEventArgs args)
    {
        OnOpened();
        return ValueTask.CompletedTask;
    }

    private void OnOpened()
    {
        _sub.LastActivity = Environment.TickCount64;
        _sub.Wake(PullItemKind.Reconnected);
    }

    private static NatsJSProtocolException Protocol(PullStatus status, NatsHeaders.Messages message) => new(status.Code, message, status.Text);
}
