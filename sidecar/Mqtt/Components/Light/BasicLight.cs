using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components.Light;

/// <summary><c>light</c> with the schema <c>basic</c>: each value has topics of its own. This part reads its messages.</summary>
internal sealed partial class BasicLight : LightEntity
{
    private const int Full = 255;

    /// <summary>
    /// The colours in the order of Home Assistant, of which the last decides the mode of a light with one colour.
    /// </summary>
    private static readonly (string Mode, int Length)[] Colors = [("hs", 2), ("rgb", 3), ("rgbw", 4), ("rgbww", 5), ("xy", 2)];

    private readonly Dictionary<string, Control> _colors = new(StringComparer.Ordinal);
    private readonly Control _state;
    private readonly Control _brightness;
    private readonly Control _temperature;
    private readonly Control _effect;
    private readonly ValueTemplate _stateTemplate;
    private readonly ValueTemplate _brightnessTemplate;
    private readonly ValueTemplate _modeTemplate;
    private readonly ValueTemplate _temperatureTemplate;
    private readonly ValueTemplate _effectTemplate;
    private readonly string? _whiteTopic;
    private readonly string _onType;
    private readonly string _on;
    private readonly string _off;
    private readonly bool _assumesBrightness;
    private readonly bool _assumesMode;
    private readonly int _scale;
    private readonly int _whiteScale;

    public BasicLight(OptionReader options, EntityServices services)
        : base(options, services, "MQTT LightEntity")
    {
        options.RequiredPublication("command_topic");
        (_on, _off) = (options.Text("payload_on", "ON"), options.Text("payload_off", "OFF"));
        _onType = options.Word("on_command_type", "last", "first", "brightness");
        (_scale, _whiteScale) = (JsonLight.Scale(options, "brightness_scale"), JsonLight.Scale(options, "white_scale"));
        _stateTemplate = options.ValueTemplate("state_value_template");
        _brightnessTemplate = options.ValueTemplate("brightness_value_template");
        _modeTemplate = options.ValueTemplate("color_mode_value_template");
        _temperatureTemplate = options.ValueTemplate("color_temp_value_template");
        _effectTemplate = options.ValueTemplate("effect_value_template");
        _whiteTopic = options.Publication("white_command_topic");
        _state = Control("command_topic", "", "state_topic", TakeState);
        _brightness = Control(
            "brightness_command_topic", "brightness_command_template", "brightness_state_topic", TakeBrightness);
        foreach (var (mode, length) in Colors)
        {
            var template = options.ValueTemplate($"{mode}_value_template");
            _colors[mode] = Control($"{mode}_command_topic", $"{mode}_command_template", $"{mode}_state_topic",
                message => TakeColor(message, mode, length, template));
        }

        _assumesMode = options.Flag("optimistic") || !Listen("color_mode_state_topic", TakeMode);
        _temperature = Control(
            "color_temp_command_topic", "color_temp_command_template", "color_temp_state_topic", TakeTemperature);
        _effect = Control("effect_command_topic", "effect_command_template", "effect_state_topic", TakeEffect);
        _assumesBrightness = options.Flag("optimistic")
            || (_brightness.Topic is not null ? !_brightness.IsTold : !_colors["rgb"].IsTold);
        DescribeLight(ModesOf(options), _effect.Topic is not null);
        AssumeStates(_state.IsTold);
    }

    private static double[]? Numbers(string text, bool isWhole)
    {
        var parts = text.Split(',');
        var numbers = new double[parts.Length];
        for (var index = 0; index < parts.Length; index++)
        {
            if (isWhole && PythonNumber.TryParse(parts[index], out int whole))
            {
                numbers[index] = whole;
            }
            else if (isWhole || !PythonNumber.TryParse(parts[index], out numbers[index]))
            {
                return null;
            }
        }

        return numbers;
    }

    private List<string> ModesOf(OptionReader options)
    {
        var modes = new List<string>();
        if (_temperature.Topic is not null)
        {
            modes.Add("color_temp");
        }

        modes.AddRange(Colors.Select(color => color.Mode).Where(mode => _colors[mode].Topic is not null));
        if (_whiteTopic is not null)
        {
            if (Colors.All(color => _colors[color.Mode].Topic is null))
            {
                options.Fail("white_command_topic", "expected a topic for colours with it, such as rgb_command_topic");
            }

            modes.Add("white");
        }

        if (modes.Count == 0)
        {
            modes.Add(_brightness.Topic is not null ? "brightness" : "onoff");
        }

        return modes;
    }

    private void TakeState(MqttMessage message)
    {
        if (!TryRender(_stateTemplate, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (text == _on || text == _off || text == Rendered.None)
        {
            IsOn = text == _on ? true : text == _off ? false : null;
            Show();
        }
        else
        {
            Ignore(message, $"got {text}, expected {_on} or {_off}");
        }
    }

    private void TakeBrightness(MqttMessage message)
    {
        if (!TryRender(_brightnessTemplate, message, out var text, keepsPayload: false) || text.Length == 0)
        {
            return;
        }

        if (!PythonNumber.TryParse(text, out double value))
        {
            Ignore(message, $"got {text}, expected a number");
        }
        else if (value != 0)
        {
            Brightness = Math.Min(PythonNumber.Round(value / _scale * Full), Full);
            Show();
        }
    }

    private void TakeMode(MqttMessage message)
    {
        if (!TryRender(_modeTemplate, message, out var text, keepsPayload: false) || text.Length == 0)
        {
            return;
        }

        if (Modes.Contains(text) || text == UnknownMode)
        {
            Mode = text;
            Show();
        }
        else
        {
            Ignore(message, $"got {text}, expected one of {string.Join(", ", Modes)}");
        }
    }

    private void TakeColor(in MqttMessage message, string mode, int length, ValueTemplate template)
    {
        if (!TryRender(template, message, out var text, keepsPayload: false) || text.Length == 0)
        {
            return;
        }

        var isWhole = mode[0] == 'r';
        if (Numbers(text, isWhole) is not { } color || color.Length != length)
        {
            Ignore(message, $"got {text}, expected {length} numbers with commas between them");
            return;
        }

        FollowMode(mode);
        if (isWhole && !_brightness.IsTold)
        {
            // The channels are the brightness, too.
            var brightness = LightColor.BrightnessOf([.. color.Select(channel => (int)channel)], MinKelvin, MaxKelvin);
            if (brightness <= 0)
            {
                return;
            }

            Brightness = Math.Min(brightness, Full);
            color = [.. color.Select(channel => (double)Math.Min(PythonNumber.Round(channel / brightness * Full), Full))];
        }

        SetColor(mode, color);
        Show();
    }

    private void TakeTemperature(MqttMessage message)
    {
        if (!TryRender(_temperatureTemplate, message, out var text, keepsPayload: false) || text.Length == 0)
        {
            return;
        }

        FollowMode("color_temp");
        if (PythonNumber.TryParse(text, out int value) && ToKelvin(value) is { } kelvin)
        {
            Kelvin = kelvin;
            Show();
        }
        else
        {
            Ignore(message, $"got {text}, expected a whole number");
        }
    }

    private void TakeEffect(MqttMessage message)
    {
        if (TryRender(_effectTemplate, message, out var text, keepsPayload: false) && text.Length > 0)
        {
            Effect = text;
            Show();
        }
    }

    /// <summary>Where no topic tells the mode it is that of the value that came last.</summary>
    private void FollowMode(string mode)
    {
        if (_assumesMode && Modes.Contains(mode))
        {
            Mode = mode;
        }
    }
}
