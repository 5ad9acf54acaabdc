using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>number</c>.</summary>
internal sealed class NumberComponent : MqttEntity
{
    private const double DefaultMin = 0;
    private const double DefaultMax = 100;
    private const double SmallestStep = 0.001;

    private readonly CommandTemplate _command;
    private readonly ValueTemplate _template;
    private readonly string _topic;
    private readonly string _reset;
    private readonly double _min;
    private readonly double _max;

    public NumberComponent(OptionReader options, EntityServices services)
        : base(options, services, "number", "MQTT Number")
    {
        _topic = options.RequiredPublication("command_topic");
        _command = options.CommandTemplate("command_template");
        _template = options.ValueTemplate("value_template");
        _reset = options.Text("payload_reset", Rendered.None);
        (_min, _max) = (options.Number("min") ?? DefaultMin, options.Number("max") ?? DefaultMax);
        var step = options.Number("step") ?? 1;
        if (_min > _max)
        {
            options.Fail("max", "expected at least min");
        }

        if (step < SmallestStep)
        {
            options.Fail("step", "expected at least 0.001");
        }

        DescribeNumber("min", _min);
        DescribeNumber("max", _max);
        DescribeNumber("step", step);
        Description["mode"] = options.Word("mode", "auto", "box", "slider");
        Copy("device_class", "unit_of_measurement");
        AssumeStates(Listen("state_topic", Take));
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["max", "min", "step"];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (action != "set_value")
        {
            throw Unknown(action);
        }

        var value = parameters.RequiredNumber("value");
        var isWhole = value == Math.Floor(value) && Math.Abs(value) < 1e18;
        Publish(_topic, _command.Render(isWhole ? (object)(long)value : value, Variables));
        if (IsOptimistic)
        {
            SetState(value);
        }

        return () => Value.State?.GetValue<double>() is { } now && Math.Abs(now - value) < 1e-9;
    }

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text) || string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        if (text == _reset)
        {
            SetState(null);
        }
        else if (PythonNumber.TryParse(text, out double number) && number >= _min && number <= _max)
        {
            SetState(number);
        }
        else
        {
            Ignore(
                message, $"got {text}, expected a number from {CommandTemplate.TextOf(_min)} to {CommandTemplate.TextOf(_max)}");
        }
    }
}
