using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>The hub's part of the health report.</summary>
internal sealed class HubHealth(ClientSessions sessions) : IHealthContributor
{
    public string Name => "home_assistant";

    public HealthState State() => HealthState.Ok;

    public HealthReport Report()
    {
        var clients = new JsonArray();
        foreach (var (name, version, listening) in sessions.Clients)
        {
            clients.Add(new JsonObject { ["name"] = name, ["version"] = version, ["listening"] = listening });
        }

        return new HealthReport(State(), null, new JsonObject { ["clients"] = clients });
    }
}
