using System.Threading.Tasks.Sources;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>A command that waits for its reply. The reply is worked on by the thread that read it; the end of the wait by the thread pool.</summary>
internal sealed class PendingReply : IValueTaskSource<DeviceReply>
{
    private ManualResetValueTaskSourceCore<DeviceReply> _core;
    private int _done;

    public ValueTask<DeviceReply> Task => new(this, _core.Version);

    public void Complete(in DeviceReply reply)
    {
        if (Interlocked.Exchange(ref _done, 1) == 0)
        {
            _core.SetResult(reply);
        }
    }

    public void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _done, 1) == 0)
        {
            // Whoever cancels may hold a lock, or have others to tell.
            _core.RunContinuationsAsynchronously = true;
            _core.SetException(new OperationCanceledException(cancellationToken));
        }
    }

    public DeviceReply GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
