using System.Diagnostics;

namespace NATS.Client.Core.Internal;

/// <summary>Who waits for the PONG of one PING.</summary>
internal sealed class PingWaiter
{
    private readonly long _sent = Stopwatch.GetTimestamp();
    private readonly TaskCompletionSource<TimeSpan> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The connection's own, whose missing PONG makes it stale; what others ask for at the same moment says nothing about the server.</summary>
    public bool IsKeepAlive { get; init; }

    public Task<TimeSpan> Task => _done.Task;

    public void Complete() => _done.TrySetResult(Stopwatch.GetElapsedTime(_sent));

    public void Fail(Exception reason)
    {
        if (_done.TrySetException(new NatsException("The connection was lost before the PONG came", reason)))
        {
            // The keep-alive's own pings have nobody who looks at them.
            _ = _done.Task.Exception;
        }
    }
}
