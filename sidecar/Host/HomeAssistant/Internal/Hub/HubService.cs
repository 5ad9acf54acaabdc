using HaNatsBridge.Host.HomeAssistant.Internal.Transport;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>Sends a bye to the clients when the host stops.</summary>
internal sealed class HubService(ClientSessions sessions, HubEndpoint endpoint, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _stopping = lifetime.ApplicationStopping.Register(() =>
        {
            sessions.Shutdown(Goodbye);
            endpoint.CloseAll();
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();
}
