using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>The part of the health report.</summary>
internal sealed class ChangesHealth(ChangeLog log) : IHealthContributor
{
    public string Name => "changes";

    public HealthState State() => HealthState.Ok;

    public HealthReport Report()
    {
        var counts = log.Counts;
        return new HealthReport(State(), null, new JsonObject
        {
            ["devices"] = counts.Devices,
            ["states"] = counts.States,
            ["seq"] = counts.Seq,
            ["events_dropped"] = counts.EventsDropped,
        });
    }
}
