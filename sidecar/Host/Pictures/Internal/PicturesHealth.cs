using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.Pictures.Internal;

/// <summary>The part of the health report.</summary>
internal sealed class PicturesHealth(PictureStore store) : IHealthContributor
{
    public string Name => "pictures";

    public HealthState State() => store.Ready.IsCompletedSuccessfully ? HealthState.Ok : HealthState.Starting;

    public HealthReport Report()
    {
        var (stored, refused) = store.Counts;
        var message = State() == HealthState.Ok ? null : "The stored pictures have not been read from NATS yet.";
        return new HealthReport(State(), message, new JsonObject { ["stored"] = stored, ["refused"] = refused });
    }
}
