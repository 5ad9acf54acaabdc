using System.Threading.Tasks.Sources;

namespace NATS.Client.Core.Internal;

/// <summary>One wait of a <see cref="MsgQueue{T}"/>'s reader, used again for the next one. Its continuation runs on the thread that completes it.</summary>
internal sealed class QueueWaiter(Action<QueueWaiter> cancel, Action<QueueWaiter> giveBack) : IValueTaskSource<bool>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;
    private bool _result;
    private bool _cancelled;

    /// <summary>The next of those that wait.</summary>
    public QueueWaiter? Next;

    /// <summary>Called outside the queue's lock: a token that is cancelled by now calls back at once.</summary>
    public ValueTask<bool> Start(CancellationToken cancellationToken)
    {
        var task = new ValueTask<bool>(this, _core.Version);
        if (cancellationToken.CanBeCanceled)
        {
            _token = cancellationToken;
            _registration = cancellationToken.UnsafeRegister(static (state, _) => ((QueueWaiter)state!).Cancel(), this);
        }

        return task;
    }

    public void Complete(bool result, bool elsewhere)
    {
        _result = result;
        if (elsewhere)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            _core.SetResult(result);
        }
    }

    /// <summary>Elsewhere, for whoever cancels does not expect to run the reader's code.</summary>
    public void CompleteCancelled()
    {
        _cancelled = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_cancelled)
        {
            _core.SetException(new OperationCanceledException(_token));
        }
        else
        {
            _core.SetResult(_result);
        }
    }

    public bool GetResult(short token)
    {
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException("The wait is not over: await it");
        }

        // Waits for a callback under way: it must not cancel this object's next wait.
        _registration.Dispose();
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _registration = default;
            _token = default;
            _cancelled = false;
            _core.Reset();
            giveBack(this);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel() => cancel(this);
}
