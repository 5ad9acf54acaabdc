using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.ForeignSubjects.Internal;

/// <summary>The part of the health report about subjects.</summary>
internal sealed class SubjectsHealth(SubjectsService service) : IHealthContributor
{
    public string Name => "subjects";

    public HealthReport Report()
    {
        var bridge = service.Bridge;
        var details = new JsonObject
        {
            ["entries"] = service.Entries,
            ["here"] = bridge is not null,
            ["devices"] = bridge?.Devices ?? 0,
            ["messages"] = bridge?.Messages ?? 0,
            ["ignored"] = bridge?.Ignored ?? 0,
        };
        return new HealthReport(HealthState.Ok, null, details);
    }
}
