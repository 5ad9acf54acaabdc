using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Changes;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Frames;

/// <summary>
/// One client's Listen: reads the changes as fast as the client takes them. A single change leaves at once; what gathers while
/// the socket is busy leaves as one batch. Only the ids of requests are queued here.
/// </summary>
internal sealed class ClientFeed(IChanges changes, TimeProvider time, FeedMetrics metrics)
{
    private readonly Frame _frame = new();
    private readonly ChangeBatch _batch = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private ChangeReader? _reader;
    private ProtocolError? _closing;
    private long _handedOver;

    /// <summary>Since when the client has not taken the frame that was handed over; zero while it keeps up.</summary>
    public TimeSpan Stuck => Interlocked.Read(ref _handedOver) is var at and not 0 ? time.GetElapsedTime(at) : TimeSpan.Zero;

    /// <summary>Whether Close was called.</summary>
    public bool IsClosing => Volatile.Read(ref _closing) is not null;

    /// <summary>Whether the stream has ended.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Ends the stream with a bye, once the client has read what was handed over.</summary>
    public void Close(ProtocolError error)
    {
        Interlocked.CompareExchange(ref _closing, error, null);
        Volatile.Read(ref _reader)?.Wake();
    }

    /// <summary>Tells the client of a request; there are never more than those that wait for an answer.</summary>
    public void Ask(string id)
    {
        _requests.Enqueue(id);
        Volatile.Read(ref _reader)?.Wake();
    }

    /// <summary>The frames. The same <see cref="Frame"/> each time: it must be used up before the next is asked for.</summary>
    public async IAsyncEnumerable<Frame> ReadAsync(
        ListenRequest from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The beginning may be a whole home: not on the thread that reads this client's socket.
        await Task.Yield();
        using var reader = changes.Read(from);
        Volatile.Write(ref _reader, reader);
        await using var cancelled =
            cancellationToken.UnsafeRegister(static state => ((ClientFeed)state!).Close(HubErrors.Shutdown), this);
        try
        {
            var isComplete = false;

            // Until a full snapshot is complete its frames carry 0: a client that is cut off in the middle of it must ask for
            // everything again.
            _frame.Clear();
            var seq = reader.IsFull ? 0 : from.Since ?? 0;
            ControlFrames.WriteBegin(_frame, changes.Epoch, seq, reader.IsFull, [.. reader.Links], reader.Events);
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

                // Before it is looked for changes: a request that comes later ends the wait for them.
                while (_requests.TryDequeue(out var id))
                {
                    _frame.Clear();
                    ControlFrames.WriteRequest(_frame, id);
                    yield return HandOver();
                    TakenOver();
                }

                var hasTaken = reader.TryTake(_batch);
                if (hasTaken)
                {
                    _frame.Clear();
                    FrameOf(_batch, reader.IsFull && !isComplete ? 0 : _batch.Seq).Write(_frame);
                    metrics.Batch(_batch.Entries, _frame.Span.Length);
                    yield return HandOver();
                    TakenOver();
                }

                if (!isComplete && reader.IsComplete)
                {
                    isComplete = true;
                    _frame.Clear();
                    ControlFrames.WriteEnd(_frame, _batch.Seq);
                    yield return HandOver();
                    TakenOver();
                }

                if (!hasTaken && !IsClosing)
                {
                    if (!_requests.IsEmpty)
                    {
                        // It came while this reader was awake. A wait that has begun must be waited for.
                        reader.Wake();
                    }

                    await reader.WaitAsync();
                }
            }
        }
        finally
        {
            IsFinished = true;
        }
    }

    private static BatchFrame FrameOf(ChangeBatch batch, long seq) => new()
    {
        Seq = seq,
        Devices = batch.Devices,
        Removed = batch.Removed,
        Availability = batch.Availability,
        States = batch.States,
        Pictures = batch.Pictures,
        Events = batch.Events,
        Issues = batch.Issues,
        Links = batch.Links,
        More = batch.More,
    };

    private Frame HandOver()
    {
        Interlocked.Exchange(ref _handedOver, time.GetTimestamp());
        return _frame;
    }

    private void TakenOver() => Interlocked.Exchange(ref _handedOver, 0);
}
