using System.Text.Json.Nodes;
using HaNatsBridge.Host.Admin;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>The state feature's part of the health report.</summary>
internal sealed class StateHealth(StateStore store, StateMetrics metrics) : IHealthContributor
{
    public string Name => "state";

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
            ["restarts"] = metrics.Restarts,
        };
        return store.Ready.IsCompletedSuccessfully
            ? new HealthReport(HealthState.Ok, null, details)
            : new HealthReport(HealthState.Starting, "The stored states have not been read from NATS yet.", details);
    }
}
