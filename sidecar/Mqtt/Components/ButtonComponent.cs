using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>button</c>.</summary>
internal sealed class ButtonComponent : MqttEntity
{
    private readonly CommandTemplate _command;
    private readonly string _topic;
    private readonly string _payload;

    public ButtonComponent(OptionReader options, EntityServices services)
        : base(options, services, "button", "MQTT Button")
    {
        _topic = options.RequiredPublication("command_topic");
        _command = options.CommandTemplate("command_template");
        _payload = options.Text("payload_press", "PRESS");
        Copy("device_class");
    }

    /// <inheritdoc/>
    public override bool HasState => false;

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (action != "press")
        {
            throw Unknown(action);
        }

        Publish(_topic, _command.Render(_payload, Variables));
        return null;
    }
}
