using System.Threading.Tasks.Sources;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>A command that waits for its reply. <paramref name="subject"/> is what it was published on. The reply is worked on by the thread that read it; the end of the wait by the thread pool.</summary>
internal sealed class PendingReply(string subject) : IValueTaskSource<DeviceReply>
{
    private ManualResetValueTaskSourceCore<DeviceReply> _core;
    private int _done;

    public string Subject { get; } = subject;

    public ValueTask<DeviceReply> Task => new(this, _core.Version);

    public void Complete(in DeviceReply reply)
    {
        if (Interlocked.Exchange(ref _done, 1) == 0)
        {
            _core.SetResult(reply);
        }
    }

    /// <summary>The server did not take it, or lets no reply through.</summary>
    public void Deny(DeniedPermission denied)
    {
        if (Interlocked.Exchange(ref _done, 1) == 0)
        {
            // Whoever tells has others to tell.
            _core.RunContinuationsAsynchronously = true;
            _core.SetResult(new DeviceReply([], HasStatus: false, IsUnheard: false, denied.ToString()));
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
