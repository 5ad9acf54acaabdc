using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>scene</c>.</summary>
internal sealed class SceneComponent : MqttEntity
{
    private readonly string _topic;
    private readonly string? _payload;

    public SceneComponent(OptionReader options, EntityServices services)
        : base(options, services, "scene", "MQTT Scene")
    {
        _topic = options.RequiredPublication("command_topic");
        _payload = options.Text("payload_on");
    }

    /// <inheritdoc/>
    public override bool HasState => false;

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (action != "turn_on")
        {
            throw Unknown(action);
        }

        // Home Assistant takes such a scene, and fails here, too.
        Publish(_topic, _payload
            ?? throw new CommandRefusedException(CommandCodes.InvalidCommand, "The scene's description has no payload_on."));
        return null;
    }
}
