using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>water_heater</c>.</summary>
internal sealed class WaterHeaterComponent : TemperatureEntity
{
    private const double DefaultTarget = 110;

    private static readonly string[] DefaultModes = ["eco", "electric", "gas", "heat_pump", "high_demand", "performance", "off"];

    private readonly Control _mode;
    private readonly Control _temperature;
    private readonly ValueTemplate _modeTemplate;
    private readonly ValueTemplate _temperatureTemplate;
    private readonly CommandTemplate _powerCommand;
    private readonly IReadOnlyList<string> _modes;
    private readonly string? _powerTopic;
    private readonly string _on;
    private readonly string _off;

    public WaterHeaterComponent(OptionReader options, EntityServices services)
        : base(options, services, "water_heater", "MQTT Water Heater")
    {
        _modes = options.Has("modes") ? options.Texts("modes") ?? [] : DefaultModes;
        (_on, _off) = (options.Text("payload_on", "ON"), options.Text("payload_off", "OFF"));
        _modeTemplate = TemplateOf("mode_state_template");
        _temperatureTemplate = TemplateOf("temperature_state_template");
        _mode = Control("mode_command_topic", "mode_command_template", "mode_state_topic", TakeMode);
        _temperature = Control(
            "temperature_command_topic", "temperature_command_template", "temperature_state_topic",
            message => TakeNumber(message, _temperatureTemplate, value => SetAttribute("temperature", value)));
        _powerTopic = options.Publication("power_command_topic");
        _powerCommand = options.CommandTemplate("power_command_template");
        var initial = options.Number("initial") ?? FromFahrenheit(DefaultTarget);
        Feature("target_temperature", _temperature.IsGiven);
        Feature("operation_mode", _mode.IsGiven);
        Feature("on_off", _powerTopic is not null);
        FeaturesAreComplete();
        if (_mode.IsGiven)
        {
            DescribeTexts("operation_list", _modes);
        }

        if (_temperature is { IsGiven: true, IsAssumed: true })
        {
            SetAttribute("temperature", initial);
        }

        if (_mode.IsAssumed)
        {
            SetState("off");
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved =>
    [
        "current_temperature", "max_temp", "min_temp", "temperature", "operation_list", "operation_mode", "target_temp_high",
        "target_temp_low", "away_mode",
    ];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        switch (action)
        {
            case "set_temperature":
                if (parameters.Text("operation_mode") is { } first)
                {
                    SetMode(first);
                }

                var temperature = parameters.RequiredNumber("temperature");
                Send(_temperature, temperature);
                if (_temperature.IsAssumed)
                {
                    SetAttribute("temperature", temperature);
                    return null;
                }

                return () => Value["temperature"]?.GetValue<double>() == temperature;
            case "set_operation_mode":
                var mode = parameters.RequiredText("operation_mode");
                SetMode(mode);
                return _mode.IsAssumed ? null : () => Value.StateText == mode;
            case "turn_on" or "turn_off" when _powerTopic is not null:
                Publish(_powerTopic, _powerCommand.Render(action == "turn_on" ? _on : _off, Variables));
                return null;
            default:
                throw Unknown(action);
        }
    }

    private void SetMode(string mode)
    {
        Send(_mode, mode);
        if (_mode.IsAssumed)
        {
            SetState(mode);
        }
    }

    private void TakeMode(MqttMessage message)
    {
        if (TryRender(_modeTemplate, message, out var text) && !string.IsNullOrWhiteSpace(text))
        {
            TakeWord(message, text, _modes, Rendered.None, SetState);
        }
    }
}
