using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A button that does something in the device.</summary>
internal sealed class ButtonEntity(string key, string name, Action pressed) : SimulatedEntity(key, "button", name)
{
    public override bool HasState => false;

    public override void WriteState(Utf8JsonWriter json) => json.WriteNullValue();

    public override CommandResult Apply(string action, JsonElement parameters)
    {
        if (action != "press")
        {
            return CommandResult.Unknown(action);
        }

        pressed();
        return CommandResult.Done;
    }
}
