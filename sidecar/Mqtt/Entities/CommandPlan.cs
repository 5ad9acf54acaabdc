namespace HaNatsBridge.Mqtt.Entities;

/// <summary>What a command comes to: messages to publish, and how its success is seen.</summary>
public sealed class CommandPlan
{
    /// <summary>The messages, in their order.</summary>
    public IReadOnlyList<MqttPublish> Messages { get; init; } = [];

    /// <summary>
    /// Whether the entity's state, once a message has come in after the command, shows that it was done; null where no state
    /// tells.
    /// </summary>
    public Func<bool>? IsConfirmed { get; init; }
}
