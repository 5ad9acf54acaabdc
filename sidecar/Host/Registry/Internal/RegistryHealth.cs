using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Registry.Internal.Announcing;
using HaNatsBridge.Host.Registry.Internal.Budgets;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>The room's part of <c>GET /api/health</c>.</summary>
internal sealed class RegistryHealth(
    DeviceRegistry registry, RegistryFollower follower, EntityBudgets budgets, NamelessRefusals nameless, RegistryMetrics metrics)
    : IHealthContributor
{
    public string Name => "registry";

    public HealthState State() =>
        !registry.Ready.IsCompletedSuccessfully ? HealthState.Starting
        : follower.Unreadable > 0 ? HealthState.Degraded
        : HealthState.Ok;

    public HealthReport Report() => new(
        State(),
        State() switch
        {
            HealthState.Starting => "The registry has not been read from KV yet",
            HealthState.Degraded => $"{follower.Unreadable} entries in KV cannot be read; repairs name them. These devices are kept",
            _ => null,
        },
        new JsonObject
        {
            ["devices"] = registry.Count,
            ["entities"] = budgets.Entities,
            ["devices_without_room"] = budgets.Refused,
            ["accepted"] = metrics.AcceptedCount,
            ["rejected"] = metrics.RejectedCount,
            ["nameless"] = nameless.Seen is { } seen
                ? new JsonObject
                {
                    ["subject"] = seen.Subject,
                    ["problem"] = seen.Problem,
                    ["since"] = seen.Since.ToString("O"),
                    ["count"] = seen.Count,
                }
                : null,
            ["unreadable"] = follower.Unreadable,
            ["unfinished_removals"] = registry.UnfinishedRemovals.Count,
            ["dropped_messages"] = metrics.DroppedCount,
        });
}
