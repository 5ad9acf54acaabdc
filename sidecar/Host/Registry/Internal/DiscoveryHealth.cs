using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>The room's part of <c>GET /api/health</c>.</summary>
internal sealed class DiscoveryHealth(
    IHomeLink link, DeviceRegistry registry, RegistryFollower follower, RegistryRestorer restorer, AvailabilityJudge judge, ConnectionWatcher connections, DiscoveryMetrics metrics) : IHealthContributor
{
    public string Name => "discovery";

    public HealthState State() => !registry.Ready.IsCompletedSuccessfully ? HealthState.Starting : Trouble() is null ? HealthState.Ok : HealthState.Degraded;

    public HealthReport Report()
    {
        if (!registry.Ready.IsCompletedSuccessfully)
        {
            return new HealthReport(HealthState.Starting, "The registry has not been read from KV yet");
        }

        var details = new JsonObject
        {
            ["devices"] = registry.Count,
            ["online"] = judge.OnlineCount,
            ["judges"] = judge.IsJudging,
            ["accepted"] = metrics.AcceptedCount,
            ["rejected"] = metrics.RejectedCount,
            ["leases_expired"] = judge.Expired,
            ["disconnect_events"] = link.System is not null,
            ["known_connections"] = connections.Known,
            ["unreadable"] = follower.Unreadable,
            ["dropped_messages"] = metrics.DroppedCount,
            ["put_back"] = restorer.Restored,
        };
        var trouble = Trouble();
        return new HealthReport(trouble is null ? HealthState.Ok : HealthState.Degraded, trouble, details);
    }

    private string? Trouble() =>
        follower.Unreadable > 0 ? "KV holds entries that are no descriptions; the log names them"
            : restorer.Told > 0 ? $"The registry in NATS was lost; {restorer.Told} devices were put back from memory. Is it the right server, and who deleted it?"
            : link.IsUp && connections.Trouble is { } reason ? $"The server cannot be asked about connections, so leases alone tell who is offline: {reason}"
            : null;
}
