using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>notify</c>.</summary>
internal sealed class NotifyComponent : MqttEntity
{
    private readonly CommandTemplate _command;
    private readonly string _topic;

    public NotifyComponent(OptionReader options, EntityServices services)
        : base(options, services, "notify", "MQTT notify")
    {
        _topic = options.RequiredPublication("command_topic");
        _command = options.CommandTemplate("command_template");
    }

    /// <inheritdoc/>
    public override bool HasState => false;

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (action != "send_message")
        {
            throw Unknown(action);
        }

        Publish(_topic, _command.Render(parameters.RequiredText("message"), Variables));
        return null;
    }
}
