using HaNatsBridge.Host.HomeAssistant.Internal.Log;
using HaNatsBridge.Host.HomeAssistant.Internal.Transport;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.State;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>Connects the log to what it tells of, and says goodbye to the clients when the sidecar stops.</summary>
internal sealed class HubService(
    ChangeLog log,
    LinkWatch links,
    ClientSessions sessions,
    HubEndpoint endpoint,
    IDeviceRegistry registry,
    IStateStore states,
    IRepairs repairs,
    IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    private IDisposable? _registry;
    private IDisposable? _states;
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        links.Start();
        repairs.Changed += log.IssueChanged;
        foreach (var repair in repairs.Snapshot())
        {
            log.IssueChanged(repair, true);
        }

        _registry = registry.Subscribe(log);
        _states = states.Subscribe(log);

        _stopping = lifetime.ApplicationStopping.Register(() =>
        {
            sessions.Shutdown(Goodbye);
            endpoint.CloseAll();
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        repairs.Changed -= log.IssueChanged;
        _states?.Dispose();
        _registry?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _stopping.Dispose();
}
