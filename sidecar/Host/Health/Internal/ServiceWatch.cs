namespace HaNatsBridge.Host.Health.Internal;

/// <summary>Requests a restart of the host when a background service ends before the host stops.</summary>
internal sealed class ServiceWatch(IServiceProvider services, IHostRestart restart) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Asked for here, not injected: this is one of them.
        foreach (var service in services.GetServices<IHostedService>().OfType<BackgroundService>())
        {
            _ = WatchAsync(service.GetType().Name, service.ExecuteTask ?? Task.CompletedTask);
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WatchAsync(string name, Task execution)
    {
        await execution.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        restart.Request(execution.Exception?.InnerException is { } exception
            ? $"{name} failed: {exception.GetType().Name}: {exception.Message}"
            : $"{name} ended by itself");
    }
}
