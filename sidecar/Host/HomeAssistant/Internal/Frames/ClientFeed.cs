using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Log;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Frames;

/// <summary>
/// One client's Listen: takes from the log what the client has not heard, as fast as the client reads. A single change leaves at once;
/// what gathers while the socket is busy leaves as one batch. Nothing is queued here.
/// </summary>
internal sealed class ClientFeed : IChangeLogReader, IValueTaskSource<bool>
{
    private readonly ChangeLog _log;
    private readonly TimeProvider _time;
    private readonly FeedMetrics _metrics;
    private readonly Frame _frame = new();
    private readonly BatchContent _batch = new();
    private ManualResetValueTaskSourceCore<bool> _wakeUp;
    private ProtocolError? _closing;
    private int _asleep;
    private long _handedOver;

    /// <summary>A stream that has not begun.</summary>
    /// <param name="log">What it tells of.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">What is counted.</param>
    public ClientFeed(ChangeLog log, TimeProvider time, FeedMetrics metrics)
    {
        _log = log;
        _time = time;
        _metrics = metrics;
    }

    /// <summary>Since when the client has not taken the frame that was handed over; zero while it keeps up.</summary>
    public TimeSpan Stuck => Interlocked.Read(ref _handedOver) is var at and not 0 ? _time.GetElapsedTime(at) : TimeSpan.Zero;

    /// <summary>Whether Close was called.</summary>
    public bool IsClosing => Volatile.Read(ref _closing) is not null;

    /// <summary>Whether the stream has ended.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Ends the stream with a bye, once the client has read what was handed over.</summary>
    public void Close(ProtocolError error)
    {
        Interlocked.CompareExchange(ref _closing, error, null);
        Wake(here: false);
    }

    public void Sleep()
    {
        _wakeUp.Reset();
        Volatile.Write(ref _asleep, 1);
    }

    public void Wake(bool here)
    {
        if (Interlocked.Exchange(ref _asleep, 0) == 1)
        {
            _wakeUp.RunContinuationsAsynchronously = !here;
            _wakeUp.SetResult(true);
        }
    }

    /// <summary>The frames. The same <see cref="Frame"/> each time: it must be used up before the next is asked for.</summary>
    public async IAsyncEnumerable<Frame> ReadAsync(ListenRequest from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The beginning may be a whole home: not on the thread that reads this client's socket.
        await Task.Yield();
        await using var cancelled = cancellationToken.UnsafeRegister(static state => ((ClientFeed)state!).Close(HubErrors.Shutdown), this);
        _log.Attach(this);
        try
        {
            var position = _log.Begin(from, out var target);
            var full = position.FullUntil > 0;
            var complete = false;

            // Until a full snapshot is complete its frames carry 0: a client that is cut off in the middle of it must ask for everything again.
            _frame.Clear();
            ControlFrames.WriteBegin(_frame, _log.Epoch, full ? 0 : from.Since ?? 0, full, [.. _log.Links], position.EventsFrom);
            yield return HandOver();
            while (true)
            {
                TakenOver();
                if (Volatile.Read(ref _closing) is { } error)
                {
                    _frame.Clear();
                    ControlFrames.WriteBye(_frame, error);
                    yield return _frame;
                    yield break;
                }

                var taken = _log.TryTake(position, _batch, this);
                if (taken)
                {
                    _frame.Clear();
                    _batch.AsFrame(full && !complete ? 0 : _batch.Seq).Write(_frame);
                    _metrics.Batch(_batch.Entries, _frame.Span.Length);
                    yield return HandOver();
                    TakenOver();
                }

                if (!complete && _log.IsComplete(position, target))
                {
                    complete = true;
                    _frame.Clear();
                    ControlFrames.WriteEnd(_frame, _batch.Seq);
                    yield return HandOver();
                    TakenOver();
                }

                if (!taken && !IsClosing)
                {
                    await new ValueTask<bool>(this, _wakeUp.Version);
                }
            }
        }
        finally
        {
            _log.Detach(this);
            IsFinished = true;
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _wakeUp.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wakeUp.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wakeUp.OnCompleted(continuation, state, token, flags);

    private Frame HandOver()
    {
        Interlocked.Exchange(ref _handedOver, _time.GetTimestamp());
        return _frame;
    }

    private void TakenOver() => Interlocked.Exchange(ref _handedOver, 0);
}
