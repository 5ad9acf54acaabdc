namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>
/// The commands that are on their way. When the sidecar ends they are given up first, so that the audit can still say of each how it ended: stopped before <see cref="AuditWriter"/>.
/// </summary>
internal sealed class RunningCommands(TimeProvider time) : IHostedService, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;

    /// <summary>Cancelled when nobody waits for answers any more.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public void Enter() => Interlocked.Increment(ref _count);

    public void Leave()
    {
        if (Interlocked.Decrement(ref _count) == 0 && _stopping.IsCancellationRequested)
        {
            _none.TrySetResult();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (Volatile.Read(ref _count) > 0)
        {
            await Task.WhenAny(_none.Task, Task.Delay(Patience, time, cancellationToken));
        }
    }

    public void Dispose() => _stopping.Dispose();
}
