using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.State;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>Subscribes the log to its sources.</summary>
internal sealed class ChangesService(
    ChangeLog log, LinkWatch links, IDeviceRegistry registry, IStateStore states, IPictures pictures, IRepairs repairs) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        links.Start();
        using var ofRepairs = repairs.Subscribe(log.IssueChanged);
        using var ofRegistry = registry.Subscribe(log);
        using var ofStates = states.Subscribe(log);
        using var ofPictures = pictures.Subscribe(log);
        await registry.Ready.WaitAsync(stoppingToken);
        await states.Ready.WaitAsync(stoppingToken);
        await pictures.Ready.WaitAsync(stoppingToken);
        log.SetReady(registry.Removed);
        await Task.Delay(Timeout.Infinite, stoppingToken);
    }
}
