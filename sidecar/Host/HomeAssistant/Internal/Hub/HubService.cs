namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>Sends a bye to the clients when the host stops.</summary>
internal sealed class HubService(ClientSessions sessions, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Registered after the transport's own end, and so called before it.
        _stopping = lifetime.ApplicationStopping.Register(() => sessions.Shutdown(Goodbye));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();
}
