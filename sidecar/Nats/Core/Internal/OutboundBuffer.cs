using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace NATS.Client.Core.Internal;

/// <summary>
/// Commands on their way to the server. Publishers write into one buffer while another is being sent, so that many commands go in one system call and none allocates. Bounded:
/// beyond <c>limit</c> bytes a publish waits (<see cref="PendingPublish"/>). It outlives connections: what was not handed to a socket is sent on the next one; what was handed to a
/// socket that broke is lost or delivered, never sent twice (core NATS promises "at most once").
/// </summary>
/// <remarks>
/// Three ways lead to the socket. A lonely publish is sent at once by its caller, who would else pay for a thread switch. In a stream of them the thread pool is asked once to
/// send what has gathered. And a caller who has filled a block sends it himself: on a busy machine the thread pool comes late.
/// </remarks>
internal sealed partial class OutboundBuffer : IThreadPoolWorkItem, IDisposable
{
    /// <summary>
    /// A publish that comes so much later than the one before is sent on the caller's own thread (a request should not wait for a thread switch); closer ones are
    /// collected and sent by the thread pool.
    /// </summary>
    private static readonly long LonelyTicks = Stopwatch.Frequency / 50_000;

    /// <summary>So many times the option's bytes may wait: enough to go on writing while a block is on its way.</summary>
    private const int BlocksThatMayWait = 4;

    /// <summary>
    /// So many publishes before the thread pool came are a flood: its publisher will fill a block and send it himself, and a second sender would only take the processor from
    /// him and the server. The end of the flood waits for the timer.
    /// </summary>
    private const int Flood = 64;

    private const int FloodEndsAfterMilliseconds = 1;

    /// <summary>So many PONGs wait for the socket at most.</summary>
    private const int MostPongs = 1000;

    private readonly Lock _gate = new();
    private readonly Encoding _encoding;
    private readonly int _block;
    private readonly int _limit;
    private readonly TimeSpan _timeout;
    private readonly bool _timeoutWhenClosed;
    private readonly Action<ITransport, Exception> _onError;
    private readonly Action _onSent;
    private readonly ObjectPool<PendingPublish> _waiters;
    private readonly ObjectPool<NatsBufferWriter<byte>> _bodies;
    private readonly Timer _timer;
    private readonly Timer _floodTimer;
    private readonly Queue<PingWaiter> _pings = new();

    private byte[] _filling;
    private int _length;
    private byte[] _spare;
    private int _sendOffset;
    private int _sendLength;
    private byte[]? _sendingBuffer;
    private bool _sending;
    private bool _flushAsked;
    private bool _inFlood;
    private ITransport? _transport;
    private ITransport? _sendTransport;
    private ValueTaskAwaiter<int> _sendAwaiter;
    private TaskCompletionSource? _idle;
    private Exception? _closed;
    private PendingPublish? _head;
    private PendingPublish? _tail;
    private bool _timerArmed;
    private long _openedAt;
    private long _lastLooked;
    private int _publishesSince;
    private int _publishes;
    private int _sendPublishes;
    private int _pongs;

    public OutboundBuffer(NatsOpts opts, ObjectPool<NatsBufferWriter<byte>> bodies, Action<ITransport, Exception> onError)
    {
        _encoding = opts.SubjectEncoding;
        _block = Math.Max(opts.WriterBufferSize, 1024);
        _limit = _block * BlocksThatMayWait;
        _timeout = opts.CommandTimeout;
        _timeoutWhenClosed = opts.PublishTimeoutOnDisconnected;
        _onError = onError;
        _onSent = OnSent;
        _bodies = bodies;
        _waiters = new ObjectPool<PendingPublish>(opts.ObjectPoolSize, static pool => new PendingPublish(pool));
        _filling = ArrayPool<byte>.Shared.Rent(_block * 2);
        _spare = ArrayPool<byte>.Shared.Rent(_block * 2);
        _floodTimer = new Timer(static state => ((OutboundBuffer)state!).OnFloodTimer(), this, Timeout.Infinite, Timeout.Infinite);
        _timer = new Timer(static state => ((OutboundBuffer)state!).CheckTimeouts(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>
    /// Takes a publish, or has it wait. <paramref name="body"/> (headers, then payload) is this class's from here on. Of a <paramref name="request"/> that is over before its turn comes
    /// nothing is sent.
    /// </summary>
    public ValueTask PublishAsync(
        string subject, string? replyTo, NatsBufferWriter<byte> body, int headerLength, ReplySlot? request, CancellationToken cancellationToken)
    {
        var bytes = body.WrittenSpan;
        if (TryPublish(subject, replyTo, bytes[..headerLength], bytes[headerLength..]))
        {
            ReturnBody(body);
            return default;
        }

        return EnqueueAsync(subject, replyTo, body, headerLength, request, cancellationToken);
    }

    /// <summary>False when the publish would have to wait.</summary>
    public bool TryPublish(string subject, string? replyTo, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        Start start;
        lock (_gate)
        {
            if (_transport is null || _head is not null || _length >= _limit)
            {
                return false;
            }

            Append(subject, replyTo, headers, payload);
            start = _sending ? Start.No : NextStart(sendNow: _length >= _block || (!_flushAsked && IsLonely()));
            _publishesSince++;
        }

        Run(start);
        return true;
    }

    /// <summary>Starts sending: first what <paramref name="writeFirst"/> writes (subscriptions), then what waits, without requests whose reply nobody waits for any more (<paramref name="replies"/> knows).</summary>
    public void Attach(ITransport transport, Action<IBufferWriter<byte>> writeFirst, ReplyInbox? replies)
    {
        Start start;
        lock (_gate)
        {
            Debug.Assert(!_sending, "detached before");
            using var prefix = new NatsBufferWriter<byte>(4096);
            _transport = transport;
            _pongs = 0;
            _openedAt = Environment.TickCount64;
            writeFirst(prefix);
            var kept = CommandWalker.KeepPublishes(_filling.AsSpan(0, _length), replies, out var publishes);
            Telemetry.Count(Telemetry.PendingMessages, publishes - _publishes);
            _publishes = publishes;
            var commands = prefix.WrittenSpan;
            _length = kept;
            Room(commands.Length);
            _filling.AsSpan(0, kept).CopyTo(_filling.AsSpan(commands.Length));
            commands.CopyTo(_filling);
            _length += commands.Length;
            start = NextStart(sendNow: false);
        }

        Run(start);
    }

    /// <summary>Stops sending: from here on publishes wait, and who waits for a PONG is told. A send under way goes on until its transport is disposed (<see cref="WhenIdleAsync"/>).</summary>
    public void Detach(Exception reason)
    {
        PingWaiter[] pings;
        lock (_gate)
        {
            _transport = null;
            pings = [.. _pings];
            _pings.Clear();
        }

        foreach (var ping in pings)
        {
            ping.Fail(reason);
        }
    }

    /// <summary>After <see cref="Detach"/>: completes when nothing is under way any more.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            if (!_sending)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>No connection will come any more: everyone who waits, and whoever comes, is told so.</summary>
    public void Close(Exception reason)
    {
        PendingPublish? waiter;
        lock (_gate)
        {
            _closed = reason;
            _transport = null;
            waiter = _head;
            _head = _tail = null;
        }

        while (waiter is not null)
        {
            var next = waiter.Next;
            Drop(waiter, reason);
            waiter = next;
        }
    }

    /// <summary>A connection may come again after <see cref="Close"/>.</summary>
    public void Reopen()
    {
        lock (_gate)
        {
            _closed = null;
        }
    }

    /// <summary>True when all that was written went to the socket.</summary>
    public bool IsFlushed
    {
        get
        {
            lock (_gate)
            {
                return _length == 0 && !_sending && _head is null;
            }
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _floodTimer.Dispose();
        lock (_gate)
        {
            // Closed before: nothing is written or sent any more, unless a send is still failing; its buffers are the collector's then.
            if (!_sending && _closed is not null)
            {
                ArrayPool<byte>.Shared.Return(_filling);
                if (_spare.Length > 0)
                {
                    ArrayPool<byte>.Shared.Return(_spare);
                }

                _filling = _spare = [];
                Telemetry.Count(Telemetry.PendingMessages, -_publishes);
                _publishes = 0;
            }
        }
    }

    private ValueTask EnqueueAsync(
        string subject, string? replyTo, NatsBufferWriter<byte> body, int headerLength, ReplySlot? request, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            ReturnBody(body);
            return ValueTask.FromCanceled(cancellationToken);
        }

        var waiter = _waiters.Rent();
        waiter.Subject = subject;
        waiter.ReplyTo = replyTo;
        waiter.Body = body;
        waiter.HeaderLength = headerLength;
        waiter.Request = request;
        waiter.Since = Environment.TickCount64;
        var task = waiter.AsTask();
        Start start;
        lock (_gate)
        {
            if (_closed is { } closed)
            {
                ReturnBody(body);
                return ValueTask.FromException(closed);
            }

            if (_tail is null)
            {
                _head = _tail = waiter;
            }
            else
            {
                _tail = _tail.Next = waiter;
            }

            if (!_timerArmed && _timeout > TimeSpan.Zero)
            {
                _timerArmed = true;
                _timer.Change(250, Timeout.Infinite);
            }

            start = NextStart(sendNow: false);
        }

        // After the lock: a token that is cancelled already calls back at once.
        waiter.CancelWith(cancellationToken);
        Run(start);
        return task;
    }

    private void Append(string subject, string? replyTo, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        var room = Room(CommandEncoder.PublishSize(subject, replyTo, headers.Length + payload.Length));
        _length += CommandEncoder.Publish(room, _encoding, subject, replyTo, headers, payload);
        _publishes++;
        Telemetry.Count(Telemetry.PendingMessages, 1);
    }

    /// <summary>Looks at the clock only when nobody is sending, for a look costs as much as all the rest: publishes since the last look mean company.</summary>
    private bool IsLonely()
    {
        var now = Stopwatch.GetTimestamp();
        var lonely = now - _lastLooked > LonelyTicks * (1 + _publishesSince);
        _lastLooked = now;
        _publishesSince = 0;
        return lonely;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Room(int size)
    {
        if (_filling.Length - _length < size)
        {
            Grow(size);
        }

        return _filling.AsSpan(_length);
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + size, _filling.Length * 2));
        _filling.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_filling);
        _filling = larger;
    }

    private void ReturnBody(NatsBufferWriter<byte> body)
    {
        body.Clear();
        _bodies.Return(body);
    }

    private void Drop(PendingPublish waiter, Exception reason)
    {
        waiter.TryFail(reason);
        var body = waiter.Body!;
        waiter.Body = null;
        ReturnBody(body);
        waiter.Recycle();
    }
}
