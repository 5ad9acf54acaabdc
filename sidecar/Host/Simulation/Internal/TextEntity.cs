using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A text that people set.</summary>
internal sealed class TextEntity(string key, string name) : SimulatedEntity(key, "text", name)
{
    private const int Longest = 40;
    private string _text = "Hello";

    public override void WriteState(Utf8JsonWriter json) => json.WriteStringValue(_text);

    public override CommandResult Apply(string action, JsonElement parameters)
    {
        if (action != "set_value")
        {
            return CommandResult.Unknown(action);
        }

        if (!parameters.TryGetProperty("value", out var value) || value.GetString() is not { Length: <= Longest } text)
        {
            return CommandResult.Wrong("value");
        }

        _text = text;
        return CommandResult.Done;
    }

    protected override void WriteDescription(Utf8JsonWriter json) => json.WriteNumber("max", Longest);
}
