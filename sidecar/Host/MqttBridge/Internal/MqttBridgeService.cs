using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>Runs a bridge for each broker, while this sidecar has the lease for it.</summary>
internal sealed class MqttBridgeService(
    BridgeOptions options, IEmbeddedServer server, ILeadership leadership, TimeProvider time, ILoggerFactory loggers)
    : BackgroundService
{
    private readonly List<BrokerBridge> _bridges = [];

    /// <summary>The bridges.</summary>
    public IReadOnlyList<BrokerBridge> Bridges
    {
        get
        {
            lock (_bridges)
            {
                return [.. _bridges];
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var brokers = options.Of<MqttBridgeOptions>().Brokers;
        return brokers.Count == 0
            // A background service that ends restarts the host.
            ? Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken)
            : Services.RunTogetherAsync(stoppingToken, [.. brokers.Select(broker => RunAsync(broker, stoppingToken))]);
    }

    private async Task RunAsync(BrokerAddress broker, CancellationToken stoppingToken)
    {
        var job = "mqtt-" + Mqtt.MqttNames.TokenOf(broker.Name);
        var lease = leadership.For(job);
        using var changed = new SemaphoreSlim(0, 1);
        void Wake()
        {
            if (changed.CurrentCount == 0)
            {
                changed.Release();
            }
        }

        lease.Acquired += Wake;
        lease.Lost += Wake;
        var competing = lease.RunAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (!lease.IsHeld)
            {
                await Task.WhenAny(changed.WaitAsync(stoppingToken), competing);
                stoppingToken.ThrowIfCancellationRequested();
                continue;
            }

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            var bridge = new BrokerBridge(broker, BridgeLogin.For(options, server), options.Prefix, time, loggers);
            lock (_bridges)
            {
                _bridges.Add(bridge);
            }

            try
            {
                var running = bridge.RunAsync(stop.Token);
                while (lease.IsHeld && !running.IsCompleted)
                {
                    await Task.WhenAny(changed.WaitAsync(stop.Token), running);
                }

                await stop.CancelAsync();
                await running;
            }
            finally
            {
                lock (_bridges)
                {
                    _bridges.Remove(bridge);
                }
            }
        }

        await competing;
    }
}
