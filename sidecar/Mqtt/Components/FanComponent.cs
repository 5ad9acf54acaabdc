using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>fan</c>.</summary>
internal sealed class FanComponent : MqttEntity
{
    private const int MostSpeeds = 100;

    private readonly Control _state;
    private readonly Control _percentage;
    private readonly Control _preset;
    private readonly Control _oscillation;
    private readonly Control _direction;
    private readonly ValueTemplate _stateTemplate;
    private readonly ValueTemplate _percentageTemplate;
    private readonly ValueTemplate _presetTemplate;
    private readonly ValueTemplate _oscillationTemplate;
    private readonly ValueTemplate _directionTemplate;
    private readonly IReadOnlyList<string> _presets;
    private readonly string _on;
    private readonly string _off;
    private readonly string _oscillationOn;
    private readonly string _oscillationOff;
    private readonly string _resetPercentage;
    private readonly string _resetPreset;
    private readonly int _slowest;
    private readonly int _fastest;

    public FanComponent(OptionReader options, EntityServices services)
        : base(options, services, "fan", "MQTT Fan")
    {
        options.RequiredPublication("command_topic");
        (_on, _off) = (options.Text("payload_on", "ON"), options.Text("payload_off", "OFF"));
        _oscillationOn = options.Text("payload_oscillation_on", "oscillate_on");
        _oscillationOff = options.Text("payload_oscillation_off", "oscillate_off");
        _resetPercentage = options.Text("payload_reset_percentage", Rendered.None);
        _resetPreset = options.Text("payload_reset_preset_mode", Rendered.None);
        (_slowest, _fastest) = (options.Whole("speed_range_min") ?? 1, options.Whole("speed_range_max") ?? MostSpeeds);
        _stateTemplate = options.ValueTemplate("state_value_template");
        _percentageTemplate = options.ValueTemplate("percentage_value_template");
        _presetTemplate = options.ValueTemplate("preset_mode_value_template");
        _oscillationTemplate = options.ValueTemplate("oscillation_value_template");
        _directionTemplate = options.ValueTemplate("direction_value_template");
        var hasPresets = options.Together("preset_mode_command_topic", "preset_modes");
        _presets = hasPresets ? options.Texts("preset_modes") ?? [] : [];
        _state = Control("command_topic", "command_template", "state_topic", TakeState);
        _percentage = Control(
            "percentage_command_topic", "percentage_command_template", "percentage_state_topic", TakePercentage);
        _preset = Control("preset_mode_command_topic", "preset_mode_command_template", "preset_mode_state_topic", TakePreset);
        _oscillation = Control(
            "oscillation_command_topic", "oscillation_command_template", "oscillation_state_topic", TakeOscillation);
        _direction = Control("direction_command_topic", "direction_command_template", "direction_state_topic", TakeDirection);
        AssumeStates(_state.IsTold);
        Check(options);
        DescribeFan();
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved =>
        ["direction", "oscillating", "percentage_step", "percentage", "preset_mode", "preset_modes"];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        switch (action)
        {
            case "turn_on":
                Send(_state, _on);
                if (parameters.Whole("percentage") is { } first and not 0)
                {
                    SetPercentage(first);
                }

                if (parameters.Text("preset_mode") is { Length: > 0 } preset)
                {
                    SetPreset(preset);
                }

                return Switch("on");
            case "turn_off":
                Send(_state, _off);
                return Switch("off");
            case "set_percentage":
                SetPercentage(parameters.RequiredWhole("percentage"));
                return null;
            case "set_preset_mode":
                var wanted = parameters.RequiredText("preset_mode");
                SetPreset(wanted);
                return _preset.IsAssumed ? null : () => OptionReader.TextOf(Value["preset_mode"]) == wanted;
            case "oscillate":
                var oscillates = parameters.RequiredFlag("oscillating");
                Send(_oscillation, oscillates ? _oscillationOn : _oscillationOff);
                Assume(_oscillation, "oscillating", oscillates);
                return _oscillation.IsAssumed ? null : () => Value["oscillating"]?.GetValue<bool>() == oscillates;
            case "set_direction":
                var direction = parameters.RequiredText("direction");
                Send(_direction, direction);
                Assume(_direction, "direction", direction);
                return _direction.IsAssumed ? null : () => OptionReader.TextOf(Value["direction"]) == direction;
            default:
                throw Unknown(action);
        }
    }

    private void Check(OptionReader options)
    {
        if (_slowest == 0)
        {
            options.Fail("speed_range_min", "expected more than 0");
        }
        else if (_slowest >= _fastest)
        {
            options.Fail("speed_range_max", "expected more than speed_range_min");
        }

        if (_presets.Contains(_resetPreset))
        {
            options.Fail("preset_modes", $"{_resetPreset} is payload_reset_preset_mode already");
        }
    }

    private void DescribeFan()
    {
        Feature("turn_on");
        Feature("turn_off");
        Feature("set_speed", _percentage.Topic is not null);
        Feature("preset_mode", _preset.Topic is not null);
        Feature("oscillate", _oscillation.Topic is not null);
        Feature("direction", _direction.Topic is not null);
        DescribeTexts("preset_modes", _presets);
        if (_percentage.Topic is not null && _fastest > _slowest)
        {
            Description["percentage_step"] = 100.0 / Math.Min(_fastest - _slowest + 1, MostSpeeds);
        }

        if (_oscillation is { IsTold: true, Topic: not null })
        {
            Value["oscillating"] = false;
        }
    }

    private Func<bool>? Switch(string state)
    {
        if (IsOptimistic)
        {
            SetState(state);
        }

        return () => Value.StateText == state;
    }

    private void SetPercentage(long percentage)
    {
        Send(_percentage, (long)Math.Ceiling(PythonNumber.FromPercentage(percentage, _slowest - 1, _fastest)));
        Assume(_percentage, "percentage", percentage);
    }

    private void SetPreset(string preset)
    {
        Send(_preset, preset);
        Assume(_preset, "preset_mode", preset);
    }

    private void Assume(Control control, string attribute, System.Text.Json.Nodes.JsonNode value)
    {
        if (control.IsAssumed)
        {
            SetAttribute(attribute, value);
        }
    }

    private void TakeState(MqttMessage message)
    {
        if (TryRender(_stateTemplate, message, out var text) && text.Length > 0)
        {
            TakeOnOff(message, text, _on, _off);
        }
    }

    private void TakePercentage(MqttMessage message)
    {
        if (_percentage.Topic is null || !TryRender(_percentageTemplate, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (text == _resetPercentage)
        {
            SetAttribute("percentage", null);
            return;
        }

        if (PythonNumber.TryParse(text, out int value)
            && PythonNumber.ToPercentage(value, _slowest - 1, _fastest) is >= 0 and <= 100 and var percentage)
        {
            SetAttribute("percentage", percentage);
        }
        else
        {
            Ignore(message, $"got {text}, expected a whole number from {_slowest - 1} to {_fastest}");
        }
    }

    private void TakePreset(MqttMessage message)
    {
        if (TryRender(_presetTemplate, message, out var text) && text.Length > 0)
        {
            TakeWord(message, text, _presets, _resetPreset, word => SetAttribute("preset_mode", word));
        }
    }

    private void TakeOscillation(MqttMessage message)
    {
        if (_oscillation.Topic is null || !TryRender(_oscillationTemplate, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (text == _oscillationOn || text == _oscillationOff)
        {
            SetAttribute("oscillating", text == _oscillationOn);
        }
        else
        {
            Ignore(message, $"got {text}, expected {_oscillationOn} or {_oscillationOff}");
        }
    }

    private void TakeDirection(MqttMessage message)
    {
        if (_direction.Topic is null || !TryRender(_directionTemplate, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (text is "forward" or "reverse")
        {
            SetAttribute("direction", text);
        }
        else
        {
            Ignore(message, $"got {text}, expected forward or reverse");
        }
    }
}
