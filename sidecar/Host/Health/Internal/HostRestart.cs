namespace HaNatsBridge.Host.Health.Internal;

/// <summary>Logs the first reason and stops this host; its runner builds the next one.</summary>
internal sealed partial class HostRestart(IHostApplicationLifetime lifetime, ILogger<HostRestart> logger) : IHostRestart
{
    private int _requested;

    public bool IsRequested => Volatile.Read(ref _requested) == 1;

    public void Request(string reason)
    {
        if (!lifetime.ApplicationStopping.IsCancellationRequested && Interlocked.Exchange(ref _requested, 1) == 0)
        {
            LogRequested(reason);
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(1300, LogLevel.Error, "The host restarts: {Reason}")]
    private partial void LogRequested(string reason);
}
