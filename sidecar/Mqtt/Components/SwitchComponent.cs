using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>switch</c>.</summary>
internal sealed class SwitchComponent : MqttEntity
{
    private readonly CommandTemplate _command;
    private readonly ValueTemplate _template;
    private readonly string _topic;
    private readonly string _payloadOn;
    private readonly string _payloadOff;
    private readonly string _stateOn;
    private readonly string _stateOff;

    public SwitchComponent(OptionReader options, EntityServices services)
        : base(options, services, "switch", "MQTT Switch")
    {
        _topic = options.RequiredPublication("command_topic");
        _command = options.CommandTemplate("command_template");
        _template = options.ValueTemplate("value_template");
        _payloadOn = options.Text("payload_on", "ON");
        _payloadOff = options.Text("payload_off", "OFF");
        _stateOn = options.Text("state_on", _payloadOn);
        _stateOff = options.Text("state_off", _payloadOff);
        Copy("device_class");
        AssumeStates(Listen("state_topic", Take));
    }

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        var isOn = action switch { "turn_on" => true, "turn_off" => false, _ => throw Unknown(action) };
        Publish(_topic, _command.Render(isOn ? _payloadOn : _payloadOff, Variables));
        var wanted = isOn ? "on" : "off";
        if (IsOptimistic)
        {
            SetState(wanted);
        }

        return () => Value.StateText == wanted;
    }

    private void Take(MqttMessage message)
    {
        if (TryRender(_template, message, out var text))
        {
            TakeOnOff(message, text, _stateOn, _stateOff);
        }
    }
}
