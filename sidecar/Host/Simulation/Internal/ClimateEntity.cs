using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A thermostat with a room around it that warms and cools.</summary>
internal sealed class ClimateEntity(string key) : SimulatedEntity(key, "climate", null)
{
    private const double Coldest = 5;
    private const double Warmest = 30;
    private const double Outside = 15;
    private static readonly string[] Modes = ["off", "heat", "auto"];
    private static readonly string[] Presets = ["none", "eco", "away"];
    private string _mode = "heat";
    private string _preset = "none";
    private double _target = 21;
    private double _room = 19.5;
    private double _shown = 19.5;

    /// <summary>The room's temperature, for a sensor beside it.</summary>
    public double Room => _shown;

    private bool IsHeating => _mode != "off" && _room < _target;

    public override void WriteState(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("state", _mode);
        json.WriteNumber("temperature", _target);
        json.WriteNumber("current_temperature", _shown);
        json.WriteString("hvac_action", _mode == "off" ? "off" : IsHeating ? "heating" : "idle");
        json.WriteString("preset_mode", _preset);
        json.WriteEndObject();
    }

    public override CommandResult Apply(string action, JsonElement parameters)
    {
        switch (action)
        {
            case "set_temperature":
                if (parameters.TryGetProperty("temperature", out var temperature))
                {
                    if (!temperature.TryGetDouble(out var target) || target is < Coldest or > Warmest)
                    {
                        return CommandResult.Wrong("temperature");
                    }

                    _target = target;
                }

                return parameters.TryGetProperty("hvac_mode", out var also) ? SetMode(also) : CommandResult.Done;
            case "set_hvac_mode":
                return parameters.TryGetProperty("hvac_mode", out var mode) ? SetMode(mode) : CommandResult.Wrong("hvac_mode");
            case "set_preset_mode" when parameters.TryGetProperty("preset_mode", out var preset) && Presets.Contains(preset.GetString()):
                _preset = preset.GetString()!;
                return CommandResult.Done;
            case "turn_on":
                _mode = "heat";
                return CommandResult.Done;
            case "turn_off":
                _mode = "off";
                return CommandResult.Done;
            default:
                return CommandResult.Unknown(action);
        }
    }

    public override bool Advance(TimeSpan elapsed, Random random)
    {
        _room += (IsHeating ? 0.02 : (Outside - _room) * 0.001) * elapsed.TotalSeconds;
        var shown = Math.Round(_room, 1);
        (var before, _shown) = (_shown, shown);
        return before != shown;
    }

    protected override void WriteDescription(Utf8JsonWriter json)
    {
        WriteStrings(json, "hvac_modes", Modes);
        WriteStrings(json, "preset_modes", Presets);
        json.WriteNumber("min_temp", Coldest);
        json.WriteNumber("max_temp", Warmest);
        json.WriteNumber("target_temp_step", 0.5);
        WriteStrings(json, "supported_features", "target_temperature", "turn_on", "turn_off");
    }

    private CommandResult SetMode(JsonElement mode)
    {
        if (!Modes.Contains(mode.GetString()))
        {
            return CommandResult.Wrong("hvac_mode");
        }

        _mode = mode.GetString()!;
        return CommandResult.Done;
    }
}
