using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>For parts that run without a host: notes what a restart was requested for.</summary>
public sealed class NoRestart : IHostRestart
{
    private readonly TaskCompletionSource<string> _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the reason.</summary>
    public Task<string> Requested => _requested.Task;

    public bool IsRequested => _requested.Task.IsCompleted;

    public void Request(string reason) => _requested.TrySetResult(reason);
}
