using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>The part of the health report about HTTP devices.</summary>
internal sealed class HttpDevicesHealth(HttpDevicesService service) : IHealthContributor
{
    public string Name => "http";

    public HealthReport Report()
    {
        var pollers = service.Bridge?.Pollers ?? [];
        return new HealthReport(HealthState.Ok, null, new JsonObject
        {
            ["here"] = service.Bridge is not null,
            ["devices"] = new JsonArray([.. pollers.Select(Describe)]),
        });
    }

    private static JsonNode Describe(HttpPoller poller) => new JsonObject
    {
        ["device"] = poller.Device.ToString(), ["polls"] = poller.Polls, ["problem"] = poller.Problem,
    };
}
