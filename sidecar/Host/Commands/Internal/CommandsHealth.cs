using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>The command feature's part of the health report.</summary>
internal sealed class CommandsHealth(CommandMetrics metrics) : IHealthContributor
{
    public string Name => "commands";

    public HealthReport Report() => new(HealthState.Ok, null, new JsonObject { ["executed"] = metrics.Executed, ["audits_dropped"] = metrics.AuditsDropped });
}
