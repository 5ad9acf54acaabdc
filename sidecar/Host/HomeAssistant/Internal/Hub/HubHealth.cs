using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.HomeAssistant.Internal.Log;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>The hub's part of the health report.</summary>
internal sealed class HubHealth(ChangeLog log, ClientSessions sessions) : IHealthContributor
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

        var size = log.Size;
        return new HealthReport(State(), null, new JsonObject
        {
            ["clients"] = clients,
            ["devices"] = size.Devices,
            ["states"] = size.States,
            ["seq"] = size.Seq,
            ["events_dropped"] = log.EventsDropped,
        });
    }
}
