using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>humidifier</c>.</summary>
internal sealed class HumidifierComponent : MqttEntity
{
    private const double LowestHumidity = 0;
    private const double HighestHumidity = 100;
    private static readonly string[] Actions = ["humidifying", "drying", "idle", "off"];

    private readonly Control _state;
    private readonly Control _humidity;
    private readonly Control _mode;
    private readonly ValueTemplate _stateTemplate;
    private readonly ValueTemplate _actionTemplate;
    private readonly ValueTemplate _currentTemplate;
    private readonly ValueTemplate _humidityTemplate;
    private readonly ValueTemplate _modeTemplate;
    private readonly IReadOnlyList<string> _modes;
    private readonly string _on;
    private readonly string _off;
    private readonly string _resetHumidity;
    private readonly string _resetMode;
    private readonly double _min;
    private readonly double _max;

    public HumidifierComponent(OptionReader options, EntityServices services)
        : base(options, services, "humidifier", "MQTT Humidifier")
    {
        options.RequiredPublication("command_topic");
        options.RequiredPublication("target_humidity_command_topic");
        (_on, _off) = (options.Text("payload_on", "ON"), options.Text("payload_off", "OFF"));
        _resetHumidity = options.Text("payload_reset_humidity", Rendered.None);
        _resetMode = options.Text("payload_reset_mode", Rendered.None);
        (_min, _max) = (options.Number("min_humidity") ?? LowestHumidity, options.Number("max_humidity") ?? HighestHumidity);
        _stateTemplate = options.ValueTemplate("state_value_template");
        _actionTemplate = options.ValueTemplate("action_template");
        _currentTemplate = options.ValueTemplate("current_humidity_template");
        _humidityTemplate = options.ValueTemplate("target_humidity_state_template");
        _modeTemplate = options.ValueTemplate("mode_state_template");
        _modes = options.Together("mode_command_topic", "modes") ? options.Texts("modes") ?? [] : [];
        _state = Control("command_topic", "command_template", "state_topic", TakeState);
        Listen("action_topic", TakeAction);
        Listen("current_humidity_topic", TakeCurrent);
        _humidity = Control(
            "target_humidity_command_topic", "target_humidity_command_template", "target_humidity_state_topic", TakeHumidity);
        _mode = Control("mode_command_topic", "mode_command_template", "mode_state_topic", TakeMode);
        AssumeStates(_state.IsTold);
        HumidityRange.Check(options, _min, _max);
        if (_modes.Contains(_resetMode))
        {
            options.Fail("modes", $"{_resetMode} is payload_reset_mode already");
        }

        if (!options.Has("device_class"))
        {
            Description["device_class"] = "humidifier";
        }

        Copy("device_class");
        DescribeNumber("min_humidity", _min);
        DescribeNumber("max_humidity", _max);
        DescribeTexts("available_modes", _modes);
        FeaturesAreComplete();
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved =>
        ["humidity", "max_humidity", "min_humidity", "mode", "available_modes", "action", "current_humidity"];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        switch (action)
        {
            case "turn_on" or "turn_off":
                var state = action == "turn_on" ? "on" : "off";
                Send(_state, state == "on" ? _on : _off);
                if (IsOptimistic)
                {
                    SetState(state);
                }

                return () => Value.StateText == state;
            case "set_humidity":
                var humidity = parameters.RequiredWhole("humidity");
                Send(_humidity, humidity);
                if (_humidity.IsAssumed)
                {
                    SetAttribute("humidity", humidity);
                    return null;
                }

                return () => OptionReader.TextOf(Value["humidity"]) == CommandTemplate.TextOf(humidity);
            case "set_mode":
                var mode = parameters.RequiredText("mode");
                Send(_mode, mode);
                if (_mode.IsAssumed)
                {
                    SetAttribute("mode", mode);
                    return null;
                }

                return () => OptionReader.TextOf(Value["mode"]) == mode;
            default:
                throw Unknown(action);
        }
    }

    private void TakeState(MqttMessage message)
    {
        if (TryRender(_stateTemplate, message, out var text) && text.Length > 0)
        {
            TakeOnOff(message, text, _on, _off);
        }
    }

    private void TakeAction(MqttMessage message)
    {
        if (!TryRender(_actionTemplate, message, out var text) || text is "" or Rendered.None)
        {
            return;
        }

        if (Actions.Contains(text))
        {
            SetAttribute("action", text);
        }
        else
        {
            Ignore(message, $"got {text}, expected one of {string.Join(", ", Actions)}");
        }
    }

    private void TakeCurrent(MqttMessage message)
    {
        if (TryRender(_currentTemplate, message, out var text))
        {
            TakeNumber(message, text, "current_humidity", LowestHumidity, HighestHumidity);
        }
    }

    private void TakeHumidity(MqttMessage message)
    {
        if (TryRender(_humidityTemplate, message, out var text))
        {
            TakeNumber(message, text, "humidity", _min, _max);
        }
    }

    private void TakeNumber(in MqttMessage message, string text, string attribute, double min, double max)
    {
        if (text == _resetHumidity)
        {
            SetAttribute(attribute, null);
        }
        else if (text.Length == 0)
        {
            return;
        }
        else if (PythonNumber.TryParse(text, out double number)
            && Math.Round(number) is var rounded && rounded >= min && rounded <= max)
        {
            SetAttribute(attribute, (int)rounded);
        }
        else
        {
            Ignore(message, $"got {text}, expected a number from {CommandTemplate.TextOf(min)} to {CommandTemplate.TextOf(max)}");
        }
    }

    private void TakeMode(MqttMessage message)
    {
        if (TryRender(_modeTemplate, message, out var text) && text.Length > 0)
        {
            TakeWord(message, text, _modes, _resetMode, word => SetAttribute("mode", word));
        }
    }
}

/// <summary>The range of a target humidity.</summary>
internal static class HumidityRange
{
    private const double Most = 100;

    /// <summary>Notes what is wrong with it.</summary>
    public static void Check(OptionReader options, double min, double max)
    {
        if (min < 0)
        {
            options.Fail("min_humidity", "expected at least 0");
        }
        else if (min >= max)
        {
            options.Fail("max_humidity", "expected more than min_humidity");
        }
        else if (max > Most)
        {
            options.Fail("max_humidity", "expected at most 100");
        }
    }
}
