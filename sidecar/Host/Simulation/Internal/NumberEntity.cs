using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A number that people set.</summary>
internal sealed class NumberEntity(string key, string name) : SimulatedEntity(key, "number", name)
{
    private const double Least = 0;
    private const double Most = 100;
    private double _value = 50;

    public override void WriteState(Utf8JsonWriter json) => json.WriteNumberValue(_value);

    public override CommandResult Apply(string action, JsonElement parameters)
    {
        if (action != "set_value")
        {
            return CommandResult.Unknown(action);
        }

        if (!parameters.TryGetProperty("value", out var value) || !value.TryGetDouble(out var number) || number is < Least or > Most)
        {
            return CommandResult.Wrong("value");
        }

        _value = number;
        return CommandResult.Done;
    }

    protected override void WriteDescription(Utf8JsonWriter json)
    {
        json.WriteNumber("min", Least);
        json.WriteNumber("max", Most);
        json.WriteNumber("step", 1);
        json.WriteString("mode", "slider");
        json.WriteString("unit_of_measurement", "%");
    }
}
