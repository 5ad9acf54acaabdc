using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>The state feature's part of the health report.</summary>
internal sealed class StateHealth(StateStore store, StateMetrics metrics) : IHealthContributor
{
    private const int Named = 20;

    public string Name => "state";

    public HealthState State() => store.Ready.IsCompletedSuccessfully ? HealthState.Ok : HealthState.Starting;

    public HealthReport Report()
    {
        var (devices, states, orphans) = store.Size;
        var details = new JsonObject
        {
            ["devices"] = devices,
            ["states"] = states,
            ["messages"] = metrics.Messages,
            ["wrong_values"] = metrics.Wrong,
            ["orphans"] = orphans,
            ["not_announced"] = new JsonArray([.. store.Unannounced.Take(Named).Select(Describe)]),
            ["too_large"] = metrics.TooLarge,
            ["over_budget"] = metrics.OverBudget,
        };
        var state = State();
        var message = state == HealthState.Ok ? null : "The stored states have not been read from NATS yet.";
        return new HealthReport(state, message, details);
    }

    private static JsonNode Describe(Orphan orphan) => new JsonObject
    {
        ["subject"] = orphan.Subject,
        ["since"] = orphan.Since.ToString("O"),
        ["last"] = orphan.Last.ToString("O"),
    };
}
