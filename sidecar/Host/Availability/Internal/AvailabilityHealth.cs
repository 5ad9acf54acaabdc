using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>The room's part of <c>GET /api/health</c>.</summary>
internal sealed class AvailabilityHealth(
    AvailabilityDirectory directory, AvailabilityMachine machine, AvailabilityMetrics metrics) : IHealthContributor
{
    // Observable instruments live as long as who made them is known.
    private readonly AvailabilityMetrics _metrics = metrics;

    public string Name => "availability";

    public HealthState State() =>
        !directory.Ready.IsCompletedSuccessfully ? HealthState.Starting
        : directory.Unreadable > 0 ? HealthState.Degraded
        : HealthState.Ok;

    public HealthReport Report() => new(
        State(),
        State() switch
        {
            HealthState.Starting => "Who is online has not been read from KV yet",
            HealthState.Degraded => "KV holds availability that cannot be read; the log names it",
            _ => null,
        },
        new JsonObject
        {
            ["online"] = machine.OnlineCount,
            ["leader"] = machine.IsLeading,
            ["leases_expired"] = machine.Expired,
            ["unreadable"] = directory.Unreadable,
        });
}
