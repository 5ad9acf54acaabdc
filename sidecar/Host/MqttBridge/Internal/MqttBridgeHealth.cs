using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>The part of the health report about brokers.</summary>
internal sealed class MqttBridgeHealth(MqttBridgeService service) : IHealthContributor
{
    public string Name => "mqtt";

    public HealthReport Report()
    {
        var bridges = service.Bridges;
        var away = bridges.Where(bridge => !bridge.IsConnected).Select(bridge => bridge.Broker.Name).ToList();
        var details = new JsonObject
        {
            ["brokers"] = new JsonArray([.. bridges.Select(Describe)]),
        };
        return away.Count == 0
            ? new HealthReport(HealthState.Ok, null, details)
            : new HealthReport(HealthState.Degraded, $"No connection to {string.Join(", ", away)}.", details);
    }

    private static JsonNode Describe(BrokerBridge bridge) => new JsonObject
    {
        ["broker"] = bridge.Broker.Name,
        ["connected"] = bridge.IsConnected,
        ["problem"] = bridge.Problem,
        ["devices"] = bridge.Devices,
        ["messages"] = bridge.Messages,
        ["ignored"] = bridge.Ignored,
        ["rejected"] = bridge.Rejected,
        ["forwarded"] = bridge.Forwarded.Passed,
        ["forward_dropped"] = bridge.Forwarded.Dropped,
    };
}
