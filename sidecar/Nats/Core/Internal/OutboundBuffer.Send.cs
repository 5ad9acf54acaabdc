using System.Buffers;

namespace NATS.Client.Core.Internal;

/// <summary>The sender: whoever finds nobody sending becomes it, and goes on until nothing is left. Written with callbacks, for an async method's state would be an allocation.</summary>
internal sealed partial class OutboundBuffer
{
    /// <summary>Who sends what was just written.</summary>
    private enum Start
    {
        /// <summary>Somebody does already, or is about to.</summary>
        No,

        /// <summary>The caller, once.</summary>
        Here,

        /// <summary>The thread pool.</summary>
        Pool,
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (_gate)
        {
            if (!_inFlood && !_sending && _publishesSince >= Flood && _length < _block && _head is null && _transport is not null)
            {
                // The flush stays asked for: the timer does it, if the publisher has not done it before.
                _inFlood = true;
                _floodTimer.Change(FloodEndsAfterMilliseconds, Timeout.Infinite);
                return;
            }

            _flushAsked = false;
            if (_sending || _transport is null)
            {
                return;
            }

            _sending = true;
        }

        Pump(rounds: int.MaxValue);
    }

    private void OnFloodTimer()
    {
        lock (_gate)
        {
            _inFlood = false;
            _flushAsked = false;
            _publishesSince = 0;
            if (_sending || _transport is null || _length == 0)
            {
                return;
            }

            _sending = true;
        }

        Pump(rounds: 1);
    }

    /// <summary>Decides, under the lock, and takes the sender's role for the caller where it is his.</summary>
    private Start NextStart(bool sendNow)
    {
        if (_sending || _transport is null)
        {
            return Start.No;
        }

        if (sendNow)
        {
            _sending = true;
            return Start.Here;
        }

        if (_flushAsked && !(_inFlood && _head is not null))
        {
            return Start.No;
        }

        _flushAsked = true;
        return Start.Pool;
    }

    private void Run(Start start)
    {
        if (start == Start.Here)
        {
            // One round on the caller's thread; what others write meanwhile is the thread pool's.
            Pump(rounds: 1);
        }
        else if (start == Start.Pool)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Pump(int rounds)
    {
        try
        {
            while (TakeBatch(ref rounds))
            {
                while (_sendOffset < _sendLength)
                {
#pragma warning disable CA2012 // one await by hand
                    _sendAwaiter = _sendTransport!.SendAsync(_sendingBuffer.AsMemory(_sendOffset, _sendLength - _sendOffset)).GetAwaiter();
#pragma warning restore CA2012
                    if (!_sendAwaiter.IsCompleted)
                    {
                        _sendAwaiter.UnsafeOnCompleted(_onSent);
                        return;
                    }

                    _sendOffset += _sendAwaiter.GetResult();
                }
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void OnSent()
    {
        try
        {
            _sendOffset += _sendAwaiter.GetResult();
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }

        Pump(rounds: int.MaxValue);
    }

    /// <summary>The socket broke: this round is over, the rest stays for the next connection.</summary>
    private void Fail(Exception e)
    {
        var transport = _sendTransport!;
        lock (_gate)
        {
            _sendOffset = _sendLength;
            if (ReferenceEquals(_transport, transport))
            {
                _transport = null;
            }

            RecycleSent();
            Stop();
        }

        _onError(transport, e);
    }

    /// <summary>Makes the filled buffer the one that is sent. False: nothing to send, or the caller's rounds are over; the role is given back.</summary>
    private bool TakeBatch(ref int rounds)
    {
        PendingPublish? admitted = null;
        lock (_gate)
        {
            // The rest of a batch that the socket took in parts.
            if (_sendingBuffer is not null && _sendOffset < _sendLength)
            {
                return true;
            }

            RecycleSent();
            if (_transport is null || (_length == 0 && _head is null))
            {
                Stop();
                return false;
            }

            if (rounds-- == 0)
            {
                Stop();
                if (NextStart(sendNow: false) == Start.Pool)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                }

                return false;
            }

            if (_length == 0)
            {
                admitted = Admit();
            }

            Telemetry.Count(Telemetry.SentBytes, _length);
            _sendTransport = _transport;
            _sendingBuffer = _filling;
            _sendLength = _length;
            _sendPublishes = _publishes;
            _publishes = 0;
            _pongs = 0;
            _sendOffset = 0;
            _filling = _spare;
            _spare = [];
            _length = 0;
            if (_head is not null)
            {
                var more = Admit();
                admitted = admitted is null ? more : Link(admitted, more);
            }
        }

        while (admitted is not null)
        {
            // Completing lets the caller reuse the object.
            var next = admitted.Next;
            admitted.Complete();
            admitted.Recycle();
            admitted = next;
        }

        return true;
    }

    private static PendingPublish Link(PendingPublish first, PendingPublish? more)
    {
        var last = first;
        while (last.Next is not null)
        {
            last = last.Next;
        }

        last.Next = more;
        return first;
    }

    /// <summary>Takes waiting publishes into the buffer, in order, as far as there is room; returns those whose callers are to be told.</summary>
    private PendingPublish? Admit()
    {
        PendingPublish? first = null;
        PendingPublish? last = null;
        while (_head is { } waiter && _length < _limit)
        {
            _head = waiter.Next;
            waiter.Next = null;
            var body = waiter.Body!;
            waiter.Body = null;
            if (!waiter.TryTake())
            {
                ReturnBody(body);
                waiter.Recycle();
                continue;
            }

            if (!waiter.IsPointless)
            {
                AppendWaiting(waiter, body.WrittenSpan);
            }

            ReturnBody(body);
            if (last is null)
            {
                first = waiter;
            }
            else
            {
                last.Next = waiter;
            }

            last = waiter;
        }

        if (_head is null)
        {
            _tail = null;
        }

        return first;
    }

    private void AppendWaiting(PendingPublish waiter, ReadOnlySpan<byte> body)
    {
        try
        {
            Append(waiter.Subject, waiter.ReplyTo, body[..waiter.HeaderLength], body[waiter.HeaderLength..]);
        }
        catch (Exception e)
        {
            // An encoding of the application's own may refuse the subject: that publish fails, and those behind it go on.
            waiter.Unsendable = e;
        }
    }

    private void RecycleSent()
    {
        if (_sendingBuffer is not { } sent)
        {
            return;
        }

        _sendingBuffer = null;
        Telemetry.Count(Telemetry.PendingMessages, -_sendPublishes);
        if (sent.Length > _limit * 4)
        {
            // One big message must not keep its memory for ever.
            ArrayPool<byte>.Shared.Return(sent);
            sent = ArrayPool<byte>.Shared.Rent(_block * 2);
        }

        _spare = sent;
    }

    private void Stop()
    {
        _sending = false;
        _idle?.TrySetResult();
        _idle = null;
    }

    private void CheckTimeouts()
    {
        PendingPublish? late = null;
        lock (_gate)
        {
            var now = Environment.TickCount64;
            var since = _transport is null ? 0 : _openedAt;
            var mayExpire = _transport is not null || _timeoutWhenClosed;
            PendingPublish? before = null;
            for (var waiter = _head; waiter is not null;)
            {
                var next = waiter.Next;
                var expired = mayExpire && now - Math.Max(waiter.Since, since) > _timeout.TotalMilliseconds;
                if (!expired && !waiter.IsDone && !waiter.IsPointless)
                {
                    before = waiter;
                    waiter = next;
                    continue;
                }

                Unlink(before, waiter);
                waiter.Next = late;
                late = waiter;
                waiter = next;
            }

            _timerArmed = _head is not null;
            if (_timerArmed)
            {
                _timer.Change(250, Timeout.Infinite);
            }
        }

        while (late is not null)
        {
            var next = late.Next;
            Drop(late, new NatsTimeoutException($"The publish found no {(_transport is null ? "connection" : "room in the write buffer")} within {_timeout}"));
            late = next;
        }
    }

    private void Unlink(PendingPublish? before, PendingPublish waiter)
    {
        if (before is null)
        {
            _head = waiter.Next;
        }
        else
        {
            before.Next = waiter.Next;
        }

        if (ReferenceEquals(_tail, waiter))
        {
            _tail = before;
        }
    }
}
