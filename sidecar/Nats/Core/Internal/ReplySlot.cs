using System.Buffers;
using System.Threading.Tasks.Sources;

namespace NATS.Client.Core.Internal;

/// <summary>A request that waits for its one reply.</summary>
internal abstract class ReplySlot
{
    /// <summary>The subject of the request: a permission violation names it.</summary>
    public required string Subject { get; init; }

    public long Id { get; set; }

    /// <summary>Until when it waits, by <see cref="Environment.TickCount64"/>.</summary>
    public long Deadline { get; set; }

    /// <summary>Where the reply is expected.</summary>
    public string ReplyTo { get; set; } = string.Empty;

    /// <summary>Whether it has a result: a request that has not been sent by now need not be.</summary>
    public abstract bool IsDone { get; }

    /// <summary>Completes when the slot has a result. Costs an object: for the rare case that sending must wait.</summary>
    public abstract Task Finished { get; }

    /// <summary>Called on the read loop.</summary>
    public abstract void Receive(string? replyTo, in ReadOnlySequence<byte>? headers, in ReadOnlySequence<byte> payload);

    public abstract bool Fail(Exception exception);
}

/// <inheritdoc/>
internal sealed class ReplySlot<T> : ReplySlot, IValueTaskSource<NatsMsg<T>>, IThreadPoolWorkItem, IDisposable
{
    private readonly NatsConnection _connection;
    private readonly INatsDeserialize<T> _deserializer;
    private readonly bool _throwIfNoResponders;
    private readonly bool _stopOnEmpty;
    private readonly ReplyTimer _timer;
    private ManualResetValueTaskSourceCore<NatsMsg<T>> _core;
    private CancellationTokenRegistration _registration;
    private TaskCompletionSource? _finished;
    private NatsMsg<T> _reply;
    private Exception? _failure;
    private int _done;

    public ReplySlot(NatsConnection connection, INatsDeserialize<T> deserializer, NatsSubOpts? opts)
    {
        _connection = connection;
        _deserializer = deserializer;
        _throwIfNoResponders = opts?.ThrowIfNoResponders ?? true;
        _stopOnEmpty = opts?.StopOnEmptyMsg == true;
        _timer = connection.ReplyTimers.Rent();
    }

    public override bool IsDone => Volatile.Read(ref _done) != 0;

    public override Task Finished
    {
        get
        {
            var finished = Interlocked.CompareExchange(
                ref _finished, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null) ?? _finished!;
            if (Volatile.Read(ref _done) != 0)
            {
                finished.TrySetResult();
            }

            return finished.Task;
        }
    }

    public ValueTask<NatsMsg<T>> Start(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _timer.Start(this, timeout);
        _registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((ReplySlot<T>)state!).Fail(new OperationCanceledException(token)), this);
        return new ValueTask<NatsMsg<T>>(this, _core.Version);
    }

    public override void Receive(string? replyTo, in ReadOnlySequence<byte>? headers, in ReadOnlySequence<byte> payload)
    {
        if (payload.IsEmpty)
        {
            if (_throwIfNoResponders && headers is { IsSingleSegment: true } block && HeaderReader.IsNoResponders(block.FirstSpan))
            {
                Fail(new NatsNoRespondersException());
                return;
            }

            if (_stopOnEmpty)
            {
                Fail(new NatsNoReplyException());
                return;
            }
        }

        var msg = MessageBuilder.Build(_connection, ReplyTo, null, ReplyTo, replyTo, headers, payload, _deserializer);
        if (Interlocked.Exchange(ref _done, 1) == 0)
        {
            _reply = msg;
            _connection.Wakes.Add(this);
        }
    }

    /// <summary>Elsewhere, for whoever lets a request fail does not expect to run the asker's code.</summary>
    public override bool Fail(Exception exception)
    {
        if (Interlocked.Exchange(ref _done, 1) != 0)
        {
            return false;
        }

        _failure = exception;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    /// <summary>The asker goes on, on this thread.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Read(ref _finished)?.TrySetResult();
        if (_failure is { } failure)
        {
            _core.SetException(failure);
        }
        else
        {
            _core.SetResult(_reply);
        }
    }

    public NatsMsg<T> GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    public void Dispose()
    {
        _timer.Stop();
        _connection.ReplyTimers.Return(_timer);
        _registration.Dispose();
    }
}
