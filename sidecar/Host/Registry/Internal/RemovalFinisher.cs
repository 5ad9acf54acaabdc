using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Finishes removals that were left unfinished, by this sidecar or another one. Whoever removes has its time to finish by itself.
/// </summary>
internal sealed partial class RemovalFinisher(
    IHomeLink link, DeviceRegistry registry, DeviceStore store, MonotonicClock clock, RegistryTimings timings,
    ILogger<RemovalFinisher> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await registry.Ready.WaitAsync(stoppingToken);
        using var timer = clock.Every(timings.RemovalCheck);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var before = clock.In(-timings.StoreTimeout);
            foreach (var removal in registry.UnfinishedRemovals.Where(removal => removal.SeenAt <= before))
            {
                if (!link.IsUp || !await TryFinishAsync(removal, stoppingToken))
                {
                    break;
                }
            }
        }
    }

    private async Task<bool> TryFinishAsync(Tombstone removal, CancellationToken stoppingToken)
    {
        using var bounded = store.Bounded(stoppingToken);
        try
        {
            await store.FinishRemovalAsync(removal.Id, removal.Revision, bounded.Token);
            return true;
        }
        catch (Exception e) when (NatsTrouble.Is(e, stoppingToken))
        {
            LogNotFinished(removal.Id.ToString(), e.Message);
            return false;
        }
    }

    [LoggerMessage(3603, LogLevel.Warning, "The removal of {Device} could not be finished and is tried again: {Reason}")]
    private partial void LogNotFinished(string device, string reason);
}
