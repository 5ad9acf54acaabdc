using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A door lock that can also open the door.</summary>
internal sealed class LockEntity(string key) : SimulatedEntity(key, "lock", null)
{
    private string _state = "locked";
    private string _by = "key";

    public override void WriteState(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("state", _state);
        json.WriteString("changed_by", _by);
        json.WriteEndObject();
    }

    public override CommandResult Apply(string action, JsonElement parameters)
    {
        var next = action switch { "lock" => "locked", "unlock" => "unlocked", "open" => "open", _ => null };
        if (next is null)
        {
            return CommandResult.Unknown(action);
        }

        (_state, _by) = (next, "home");
        return CommandResult.Done;
    }

    protected override void WriteDescription(Utf8JsonWriter json) => WriteStrings(json, "supported_features", "open");
}
