using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A plug.</summary>
internal sealed class SwitchEntity(string key) : SimulatedEntity(key, "switch", null)
{
    public bool IsOn { get; private set; }

    public override void WriteState(Utf8JsonWriter json) => json.WriteStringValue(IsOn ? "on" : "off");

    public override CommandResult Apply(string action, JsonElement parameters)
    {
        if (action is not ("turn_on" or "turn_off"))
        {
            return CommandResult.Unknown(action);
        }

        IsOn = action == "turn_on";
        return CommandResult.Done;
    }

    protected override void WriteDescription(Utf8JsonWriter json) => json.WriteString("device_class", "outlet");
}
