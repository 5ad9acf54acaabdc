namespace HaNatsBridge.Host.MqttBridge;

/// <summary>Which brokers join the home.</summary>
public sealed record MqttBridgeOptions
{
    /// <summary>The brokers; none: the feature does nothing.</summary>
    public IReadOnlyList<BrokerAddress> Brokers { get; init; } = [];

    /// <summary>Which of their topics are passed on as subjects, and back.</summary>
    public IReadOnlyList<ForwardRule> Forward { get; init; } = [];
}
