namespace HaNatsBridge.Host.MqttBridge;

/// <summary>Which brokers join the home.</summary>
public sealed record MqttBridgeOptions
{
    /// <summary>The brokers; none: the feature does nothing.</summary>
    public IReadOnlyList<BrokerAddress> Brokers { get; init; } = [];
}
