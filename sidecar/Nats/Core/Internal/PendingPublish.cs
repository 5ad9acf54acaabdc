using System.Threading.Tasks.Sources;

namespace NATS.Client.Core.Internal;

/// <summary>
/// A publish that found the write buffer full or the connection away: its bytes, and the caller who waits. The outbound buffer takes them in order, so messages of one
/// caller keep their order even when it does not await. Reused.
/// </summary>
internal sealed class PendingPublish : IValueTaskSource
{
    private readonly ObjectPool<PendingPublish> _pool;
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private int _done;

    public PendingPublish(ObjectPool<PendingPublish> pool) => _pool = pool;

    public string Subject { get; set; } = string.Empty;

    public string? ReplyTo { get; set; }

    /// <summary>Headers, then payload.</summary>
    public NatsBufferWriter<byte>? Body { get; set; }

    public int HeaderLength { get; set; }

    /// <summary>The request that this is, if it is one.</summary>
    public ReplySlot? Request { get; set; }

    /// <summary><see cref="Environment.TickCount64"/> when the wait began.</summary>
    public long Since { get; set; }

    /// <summary>Why it cannot be sent, known after it was taken for sending.</summary>
    public Exception? Unsendable { get; set; }

    public PendingPublish? Next { get; set; }

    public bool IsDone => Volatile.Read(ref _done) != 0;

    /// <summary>Its request has been given up: whoever is told that nobody answered must not find it carried out later.</summary>
    public bool IsPointless => Request is { IsDone: true };

    public ValueTask AsTask() => new(this, _core.Version);

    public void CancelWith(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((PendingPublish)state!).TryFail(new OperationCanceledException(token)), this);
        }
    }

    /// <summary>Takes the publish for sending; false when its caller was told of a failure already.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _done, 1, 0) == 0;

    /// <summary>Tells the caller, after <see cref="TryTake"/>.</summary>
    public void Complete()
    {
        if (Unsendable is { } reason)
        {
            _core.SetException(reason);
        }
        else
        {
            _core.SetResult(true);
        }
    }

    public bool TryFail(Exception exception)
    {
        if (!TryTake())
        {
            return false;
        }

        _core.SetException(exception);
        return true;
    }

    public void GetResult(short token)
    {
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            _registration.Dispose();
            _registration = default;
            Recycle();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Two must be through with it before it is used again: the caller, and the queue that it stood in.</summary>
    public void Recycle()
    {
        if (Interlocked.Increment(ref _done) == 3)
        {
            _core.Reset();
            Next = null;
            ReplyTo = null;
            Request = null;
            Unsendable = null;
            Volatile.Write(ref _done, 0);
            _pool.Return(this);
        }
    }
}
