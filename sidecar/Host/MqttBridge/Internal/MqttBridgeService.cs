using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Mqtt;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>Runs a bridge for each broker, while this sidecar has the lease for it.</summary>
internal sealed class MqttBridgeService(
    BridgeOptions options, IEmbeddedServer server, IHomeStorage storage, ILeadership leadership, IHomeLink link, TimeProvider time,
    ILoggerFactory loggers)
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
        BrokerAddress[] brokers =
        [
            .. options.Of<MqttBridgeOptions>().Brokers,
            .. server.IsUsed && GatewayLogin.For(server.Access) is { } gateway ? [gateway] : Array.Empty<BrokerAddress>(),
        ];
        return brokers.Length == 0
            // A background service that ends restarts the host.
            ? Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken)
            : Services.RunTogetherAsync(stoppingToken, [.. brokers.Select(broker => RunAsync(broker, stoppingToken))]);
    }

    private Task RunAsync(BrokerAddress broker, CancellationToken stoppingToken) =>
        leadership.For("mqtt-" + MqttNames.TokenOf(broker.Name))
            .RunWhileHeldAsync(token => BridgeAsync(broker, token), stoppingToken);

    /// <summary>The topics of the embedded server are subjects already.</summary>
    private ForwardRule[] RulesOf(BrokerAddress broker) => broker.Name == BrokerAddress.Gateway
        ? []
        : [.. options.Of<MqttBridgeOptions>().Forward.Where(rule => rule.Broker is null || rule.Broker == broker.Name)];

    private async Task BridgeAsync(BrokerAddress broker, CancellationToken cancellationToken)
    {
        // All sidecars of a home use one client id: a broker that keeps the session gives it to the next one that leads.
        var bridge = new BrokerBridge(
            broker, $"hanatsbridge-{storage.BridgeId}-{MqttNames.TokenOf(broker.Name)}", BridgeLogin.For(options, server),
            options.Prefix, RulesOf(broker), link, time, loggers);
        lock (_bridges)
        {
            _bridges.Add(bridge);
        }

        try
        {
            await bridge.RunAsync(cancellationToken);
        }
        finally
        {
            lock (_bridges)
            {
                _bridges.Remove(bridge);
            }
        }
    }
}
