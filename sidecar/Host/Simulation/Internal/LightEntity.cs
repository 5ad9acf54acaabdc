using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A lamp in any of Home Assistant's colour modes.</summary>
internal sealed class LightEntity(string key, string[] modes, string[] effects) : SimulatedEntity(key, "light", null)
{
    private const int Warmest = 2000;
    private const int Coldest = 6500;
    private static readonly string[] ColourParameters = ["color_temp_kelvin", "hs_color", "xy_color", "rgb_color", "rgbw_color", "rgbww_color"];
    private readonly bool _dims = modes is not ["onoff"];
    private bool _on;
    private int _brightness = 255;
    private string _mode = modes[0];
    private JsonElement? _colour;
    private string? _effect;

    public override void WriteState(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("state", _on ? "on" : "off");
        if (_on)
        {
            json.WriteString("color_mode", _mode);
            if (_dims)
            {
                json.WriteNumber("brightness", _brightness);
            }

            WriteColour(json);
            if (_effect is not null)
            {
                json.WriteString("effect", _effect);
            }
        }

        json.WriteEndObject();
    }

    public override CommandResult Apply(string action, JsonElement parameters)
    {
        if (action == "turn_off")
        {
            _on = false;
            return CommandResult.Done;
        }

        if (action != "turn_on")
        {
            return CommandResult.Unknown(action);
        }

        if (parameters.TryGetProperty("brightness", out var brightness))
        {
            if (!brightness.TryGetDouble(out var level) || level is < 0 or > 255)
            {
                return CommandResult.Wrong("brightness");
            }

            _brightness = (int)Math.Round(level);
        }

        if (parameters.TryGetProperty("effect", out var effect))
        {
            _effect = effect.GetString();
        }

        foreach (var parameter in ColourParameters)
        {
            if (parameters.TryGetProperty(parameter, out var value))
            {
                _mode = parameter == "color_temp_kelvin" ? "color_temp" : parameter.Replace("_color", "", StringComparison.Ordinal);
                _colour = value.Clone();
            }
        }

        _on = true;
        return CommandResult.Done;
    }

    protected override void WriteDescription(Utf8JsonWriter json)
    {
        WriteStrings(json, "supported_color_modes", modes);
        if (modes.Contains("color_temp", StringComparer.Ordinal))
        {
            json.WriteNumber("min_color_temp_kelvin", Warmest);
            json.WriteNumber("max_color_temp_kelvin", Coldest);
        }

        if (effects.Length > 0)
        {
            WriteStrings(json, "effect_list", effects);
        }
    }

    private void WriteColour(Utf8JsonWriter json)
    {
        var property = _mode == "color_temp" ? "color_temp_kelvin" : $"{_mode}_color";
        if (_colour is { } colour)
        {
            json.WritePropertyName(property);
            colour.WriteTo(json);
            return;
        }

        int[] white = _mode switch { "hs" => [30, 20], "rgb" => [255, 220, 180], "rgbw" => [0, 0, 0, 255], "rgbww" => [0, 0, 0, 128, 128], _ => [] };
        if (_mode == "color_temp")
        {
            json.WriteNumber(property, 2700);
        }
        else if (white.Length > 0)
        {
            json.WriteStartArray(property);
            foreach (var part in white)
            {
                json.WriteNumberValue(part);
            }

            json.WriteEndArray();
        }
    }
}
