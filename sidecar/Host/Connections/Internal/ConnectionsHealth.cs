using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>The room's part of <c>GET /api/health</c>.</summary>
internal sealed class ConnectionsHealth(IHomeLink link, DeviceConnections connections) : IHealthContributor
{
    public string Name => "connections";

    public HealthReport Report()
    {
        var trouble = link.IsUp && connections.Trouble is { } reason
            ? $"The servers cannot be asked about connections, so leases alone tell who is offline: {reason}"
            : null;
        return new HealthReport(
            trouble is null ? HealthState.Ok : HealthState.Degraded,
            trouble,
            new JsonObject
            {
                ["disconnect_events"] = link.System is not null,
                ["known"] = connections.Known,
                ["missing"] = connections.Missing,
            });
    }
}
