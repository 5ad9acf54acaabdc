using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>
/// Follows DISCONNECT events, and asks for all connections where events may have been missed (after each (re)connect, when this
/// sidecar becomes the leader, when a server is gone) and before a device is given up. Without system credentials it does
/// nothing.
/// </summary>
internal sealed class ConnectionWatcher(
    IHomeLink link, Subscriptions subscriptions, ServerRequests requests, DeviceConnections connections,
    ConnectionTimings timings, MonotonicClock clock, ILogger<ConnectionWatcher> log)
    : BackgroundService
{
    private const int Waiting = 8192;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (link.System is not { } system)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken);
            return;
        }

        link.Changed += OnLink;
        system.ConnectionOpened += OnSystemOpened;
        try
        {
            await Services.RunTogetherAsync(
                stoppingToken,
                subscriptions.RunAsync<byte[]>(
                    system, "$SYS.ACCOUNT.*.DISCONNECT", null, Waiting, Disconnected, log, stoppingToken),
                TickAsync(stoppingToken));
        }
        finally
        {
            link.Changed -= OnLink;
            system.ConnectionOpened -= OnSystemOpened;
        }
    }

    private void OnLink(LinkChange change) => connections.WantComparison();

    private ValueTask OnSystemOpened(object? sender, NatsEventArgs args)
    {
        connections.WantComparison();
        return ValueTask.CompletedTask;
    }

    private ValueTask Disconnected(NatsMsg<byte[]> message)
    {
        if (ConnzReader.TryReadDisconnect(message.Data, out var connection))
        {
            connections.Closed(connection);
        }

        return ValueTask.CompletedTask;
    }

    private async Task TickAsync(CancellationToken stoppingToken)
    {
        using var timer = clock.Every(timings.Tick);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!link.IsUp)
            {
                continue;
            }

            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is, the next tick tries again, and the health report shows it.
                connections.Failed(e);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (requests.IsDue && await requests.FindServersAsync(cancellationToken))
        {
            // A server that was killed sends no events of its connections.
            connections.WantComparison();
        }

        if (connections.TakeComparison())
        {
            await requests.RefreshAsync(cancellationToken);
            connections.Compare(await requests.ConnectionsAsync(null, null, cancellationToken));
        }
        else if (connections.IsListNeeded)
        {
            connections.GiveUp(await requests.ConnectionsAsync(null, null, cancellationToken));
        }
    }
}
