using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>One of several options.</summary>
internal sealed class SelectEntity(string key, string name, string[] options) : SimulatedEntity(key, "select", name)
{
    private string _option = options[0];

    public override void WriteState(Utf8JsonWriter json) => json.WriteStringValue(_option);

    public override CommandResult Apply(string action, JsonElement parameters)
    {
        if (action != "select_option")
        {
            return CommandResult.Unknown(action);
        }

        if (!parameters.TryGetProperty("option", out var option) || !options.Contains(option.GetString()))
        {
            return CommandResult.Wrong("option");
        }

        _option = option.GetString()!;
        return CommandResult.Done;
    }

    protected override void WriteDescription(Utf8JsonWriter json) => WriteStrings(json, "options", options);
}
