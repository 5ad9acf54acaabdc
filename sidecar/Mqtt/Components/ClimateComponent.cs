using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>climate</c>.</summary>
internal sealed class ClimateComponent : TemperatureEntity
{
    private const string Off = "off";
    private const string NoPreset = "none";
    private const double LowestHumidity = 30;
    private const double HighestHumidity = 99;
    private const double DefaultCelsius = 21;
    private const double DefaultFahrenheit = 69.8;

    private static readonly string[] AllModes = [Off, "heat", "cool", "heat_cool", "auto", "dry", "fan_only"];
    private static readonly string[] DefaultModes = ["auto", Off, "cool", "heat", "dry", "fan_only"];
    private static readonly string[] DefaultFanModes = ["auto", "low", "medium", "high"];
    private static readonly string[] OnOff = ["on", Off];
    private static readonly string[] ModesToTurnOn = ["heat_cool", "heat", "cool"];

    private static readonly string[] Actions =
        [Off, "idle", "heating", "cooling", "drying", "fan", "preheating", "defrosting"];

    private readonly Setpoints _setpoints;
    private readonly Control _mode;
    private readonly Control _humidity;
    private readonly Control _preset;
    private readonly Control _power;
    private readonly Dictionary<string, (Control Control, string Attribute)> _choices = new(StringComparer.Ordinal);
    private readonly List<string> _modes;
    private readonly List<string> _presets = [];
    private readonly string _on;
    private readonly string _off;
    private readonly bool _assumesOff;

    public ClimateComponent(OptionReader options, EntityServices services)
        : base(options, services, "climate", "MQTT HVAC")
    {
        _modes = ReadModes(options);
        (_on, _off) = (options.Text("payload_on", "ON"), options.Text("payload_off", "OFF"));
        _assumesOff = options.Flag("optimistic");
        var modeTemplate = TemplateOf("mode_state_template");
        _mode = Control("mode_command_topic", "mode_command_template", "mode_state_topic",
            message => TakeChoice(message, modeTemplate, _modes, SetState));
        _setpoints = new Setpoints(
            Value, Temperature("temperature", mode => _setpoints!.TakeSingle(mode)),
            Temperature("temperature_low", mode => _setpoints!.TakeLow(mode)),
            Temperature("temperature_high", mode => _setpoints!.TakeHigh(mode)),
            options.Number("initial") ?? (Unit == "°F" ? DefaultFahrenheit : DefaultCelsius),
            _modes);
        _humidity = Number("target_humidity", "humidity");
        var humidityTemplate = TemplateOf("current_humidity_template");
        Listen("current_humidity_topic", message =>
            TakeNumber(message, humidityTemplate, value => SetAttribute("current_humidity", value)));
        AddChoice("fan", "set_fan_mode", "fan_mode", "fan_modes", DefaultFanModes, "low");
        AddChoice("swing", "set_swing_mode", "swing_mode", "swing_modes", OnOff, Off);
        AddChoice("swing_horizontal", "set_swing_horizontal_mode", "swing_horizontal_mode", "swing_horizontal_modes", OnOff, Off);
        _preset = ReadPresets(options);
        _power = new Control(
            options.Publication("power_command_topic"), options.CommandTemplate("power_command_template"), false, _assumesOff);
        ListenToAction();
        DescribeClimate(options);
        if (_mode.IsAssumed)
        {
            SetState(Off);
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved =>
    [
        "fan_modes", "hvac_modes", "max_humidity", "max_temp", "min_humidity", "min_temp", "preset_modes",
        "swing_horizontal_modes",
        "swing_modes", "target_temp_step", "current_humidity", "current_temperature", "fan_mode", "hvac_action", "preset_mode",
        "swing_horizontal_mode", "swing_mode", "humidity", "temperature", "target_temp_high", "target_temp_low",
    ];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        switch (action)
        {
            case "set_temperature":
                return SetTemperature(parameters);
            case "set_hvac_mode":
                return SetMode(parameters.RequiredText("hvac_mode"));
            case "set_humidity":
                var humidity = parameters.RequiredWhole("humidity");
                Send(_humidity, humidity);
                return Assume(_humidity, "humidity", humidity);
            case "set_preset_mode":
                var preset = parameters.RequiredText("preset_mode");
                Send(_preset, preset);
                return Assume(_preset, "preset_mode", preset);
            case "turn_on" or "turn_off" when _power.Topic is not null:
                Send(_power, action == "turn_on" ? _on : _off);
                if (action == "turn_off" && _assumesOff)
                {
                    SetState(Off);
                }

                return null;
            case "turn_on":
                return SetMode(ModeToTurnOn() ?? throw Unknown(action));
            case "turn_off":
                return SetMode(_modes.Contains(Off) ? Off : throw Unknown(action));
            default:
                if (!_choices.TryGetValue(action, out var choice))
                {
                    throw Unknown(action);
                }

                var wanted = parameters.RequiredText(choice.Attribute);
                Send(choice.Control, wanted);
                return Assume(choice.Control, choice.Attribute, wanted);
        }
    }

    private static List<string> ReadModes(OptionReader options)
    {
        var given = options.Has("modes") ? options.Texts("modes") ?? [] : DefaultModes;
        var known = given.Where(AllModes.Contains).Distinct(StringComparer.Ordinal).ToList();
        if (known.Count == 0)
        {
            options.Fail("modes", $"expected some of {string.Join(", ", AllModes)}");
        }

        return known;
    }

    /// <summary>Home Assistant's choice where a device has no switch of its own.</summary>
    private string? ModeToTurnOn() => _modes.Count == 2 && _modes.Contains(Off)
        ? _modes.First(mode => mode != Off)
        : ModesToTurnOn.FirstOrDefault(_modes.Contains);

    private Func<bool>? SetMode(string mode)
    {
        Send(_mode, mode);
        if (!_mode.IsAssumed)
        {
            return () => Value.StateText == mode;
        }

        SetState(mode);
        _setpoints.Swap(mode);
        return null;
    }

    private Func<bool>? SetTemperature(JsonElement parameters)
    {
        var mode = parameters.Text("hvac_mode");
        if (mode is not null)
        {
            SetMode(mode);
        }

        var single = parameters.Number("temperature");
        var low = parameters.Number("target_temp_low");
        var high = parameters.Number("target_temp_high");
        if (single is not null)
        {
            _setpoints.AssumeSingle(single.Value);
            Send(_setpoints.Single, single);
        }

        if (low is not null)
        {
            _setpoints.AssumeLow(low.Value);
            Send(_setpoints.Low, low);
        }

        if (high is not null)
        {
            _setpoints.AssumeHigh(high.Value);
            Send(_setpoints.High, high);
        }

        IsKnown = true;
        var isTold = (single is not null && !_setpoints.Single.IsAssumed) || (low is not null && !_setpoints.Low.IsAssumed)
            || (high is not null && !_setpoints.High.IsAssumed);
        return isTold ? () => _setpoints.Show(single, low, high) && (mode is null || Value.StateText == mode) : null;
    }

    private Func<bool>? Assume(Control control, string attribute, JsonNode value)
    {
        if (control.IsAssumed)
        {
            SetAttribute(attribute, value);
            return null;
        }

        var wanted = OptionReader.TextOf(value);
        return () => Value[attribute] is { } now
            && (OptionReader.TextOf(now) == wanted
                || (now.GetValueKind() == JsonValueKind.Number && value.GetValueKind() == JsonValueKind.Number
                    && now.GetValue<double>() == value.GetValue<long>()));
    }

    private Control Temperature(string name, Action<double?> take)
    {
        var template = TemplateOf($"{name}_state_template");
        return Control($"{name}_command_topic", $"{name}_command_template", $"{name}_state_topic", message =>
            TakeNumber(message, template, value =>
            {
                take(value);
                IsKnown = true;
            }));
    }

    private Control Number(string name, string attribute)
    {
        var template = TemplateOf($"{name}_state_template");
        return Control($"{name}_command_topic", $"{name}_command_template", $"{name}_state_topic",
            message => TakeNumber(message, template, value => SetAttribute(attribute, value)));
    }

    private void AddChoice(string prefix, string action, string attribute, string listed, string[] usual, string initial)
    {
        var words = Options.Has(listed) ? Options.Texts(listed) ?? [] : usual;
        var template = TemplateOf($"{prefix}_mode_state_template");
        var control = Control($"{prefix}_mode_command_topic", $"{prefix}_mode_command_template", $"{prefix}_mode_state_topic",
            message => TakeChoice(message, template, words, value => SetAttribute(attribute, value)));
        if (!control.IsGiven)
        {
            return;
        }

        _choices[action] = (control, attribute);
        DescribeTexts(listed, words);
        if (control.IsAssumed && words.Contains(initial))
        {
            SetAttribute(attribute, initial);
        }
    }

    private Control ReadPresets(OptionReader options)
    {
        if (options.Together("preset_mode_command_topic", "preset_modes"))
        {
            var given = options.Texts("preset_modes") ?? [];
            if (given.Contains(NoPreset))
            {
                options.Fail("preset_modes", "none is there already");
            }

            _presets.AddRange(given.Count > 0 ? [NoPreset, .. given] : given);
        }

        var template = TemplateOf("preset_mode_value_template");
        var control = Control("preset_mode_command_topic", "preset_mode_command_template", "preset_mode_state_topic",
            message => TakePreset(message, template));
        if (_presets.Count > 0)
        {
            DescribeTexts("preset_modes", _presets);
            Value["preset_mode"] = NoPreset;
        }

        return control;
    }

    private void DescribeClimate(OptionReader options)
    {
        var (min, max) = (options.Number("min_humidity") ?? LowestHumidity, options.Number("max_humidity") ?? HighestHumidity);
        HumidityRange.Check(options, min, max);
        if (options.Has("target_humidity_state_topic") && _humidity.Topic is null)
        {
            options.Fail(
                "target_humidity_command_topic",
                "expected a topic, since target_humidity_state_topic needs it",
                AnnounceCodes.MissingField);
        }

        DescribeTexts("hvac_modes", _modes);
        Description["target_temp_step"] = options.Number("temp_step") ?? 1;
        if (_humidity.Topic is not null)
        {
            DescribeNumber("min_humidity", min);
            DescribeNumber("max_humidity", max);
        }

        Feature("turn_on");
        Feature("turn_off");
        Feature("target_temperature", _setpoints.Single.IsGiven);
        Feature("target_temperature_range", _setpoints.HasRange);
        Feature("target_humidity", _humidity.Topic is not null);
    }

    private void ListenToAction()
    {
        var template = TemplateOf("action_template");
        Listen("action_topic", message =>
        {
            if (TryRender(template, message, out var text) && text.Length > 0)
            {
                TakeWord(message, text, Actions, Rendered.None, action => SetAttribute("hvac_action", action));
            }
        });
    }

    private void TakeChoice(in MqttMessage message, ValueTemplate template, IReadOnlyList<string> words, Action<JsonNode?> set)
    {
        if (TryRender(template, message, out var text))
        {
            TakeWord(message, text, words, Rendered.None, set);
        }
    }

    private void TakePreset(in MqttMessage message, ValueTemplate template)
    {
        if (!TryRender(template, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (text is NoPreset or Rendered.None)
        {
            SetAttribute("preset_mode", _presets.Count > 0 ? NoPreset : null);
        }
        else if (_presets.Contains(text))
        {
            SetAttribute("preset_mode", text);
        }
        else
        {
            Ignore(message, $"got {text}, expected one of {string.Join(", ", _presets)}");
        }
    }
}
