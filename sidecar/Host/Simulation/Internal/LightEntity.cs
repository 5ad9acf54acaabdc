using System.Text.Json;
using HaNatsBridge.Devices;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A lamp in any of Home Assistant's colour modes.</summary>
internal sealed class LightEntity(string key, string[] modes, string[] effects)
    : SimulatedEntity(key, "light", Describe(modes, effects))
{
    private static readonly Dictionary<string, (string Parameter, object Value)> Colours = new(StringComparer.Ordinal)
    {
        ["color_temp"] = ("color_temp_kelvin", 2700),
        ["hs"] = ("hs_color", new[] { 30, 20 }),
        ["rgb"] = ("rgb_color", new[] { 255, 220, 180 }),
        ["rgbw"] = ("rgbw_color", new[] { 0, 0, 0, 255 }),
        ["rgbww"] = ("rgbww_color", new[] { 0, 0, 0, 128, 128 }),
    };

    private bool _on;
    private double _brightness = 255;
    private string _mode = modes[0];
    private object? _colour = Colours.GetValueOrDefault(modes[0]).Value;
    private string? _effect;

    public override object State
    {
        get
        {
            var state = new Dictionary<string, object> { ["state"] = _on ? "on" : "off" };
            if (_on)
            {
                state["color_mode"] = _mode;
                state["brightness"] = Math.Round(_brightness);
                if (_colour is not null)
                {
                    state[Colours[_mode].Parameter] = _colour;
                }

                if (_effect is not null)
                {
                    state["effect"] = _effect;
                }
            }

            return state;
        }
    }

    public override void Execute(DeviceCommand command)
    {
        switch (command.Action)
        {
            case "turn_off":
                _on = false;
                break;
            case "turn_on":
                TurnOn(command);
                break;
            default:
                throw CommandException.UnknownAction(command.Action);
        }
    }

    private static Dictionary<string, object?> Describe(string[] modes, string[] effects)
    {
        var fields = new Dictionary<string, object?> { ["name"] = null, ["supported_color_modes"] = modes };
        if (modes.Contains("color_temp"))
        {
            (fields["min_color_temp_kelvin"], fields["max_color_temp_kelvin"]) = (2000, 6500);
        }

        if (effects.Length > 0)
        {
            fields["effect_list"] = effects;
        }

        return fields;
    }

    private void TurnOn(DeviceCommand command)
    {
        if (command.TryGet<double>("brightness", out _))
        {
            _brightness = Number(command, "brightness", 0, 255);
        }

        if (command.TryGet<string>("effect", out var effect))
        {
            _effect = effect;
        }

        foreach (var mode in modes)
        {
            if (Colours.TryGetValue(mode, out var colour) && command.TryGet<JsonElement>(colour.Parameter, out var wanted))
            {
                (_mode, _colour) = (mode, wanted);
            }
        }

        _on = true;
    }
}
