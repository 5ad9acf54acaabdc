using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.MqttBridge.Internal;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.MqttBridge;

/// <summary>
/// MqttBridge: devices of MQTT brokers that announce themselves by Home Assistant's discovery messages (docs/mqtt.md).
/// <c>sidecar/Mqtt</c> makes devices of the home out of the messages and has no I/O; <c>BrokerConnection</c> speaks MQTT;
/// <c>BrokerBridge</c> joins the two with the library for devices, one for each broker. Of several sidecars one is connected to a
/// broker at a time.
/// </summary>
public static class MqttBridgeFeature
{
    /// <summary>Which brokers.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        // A user and password stand in the address.
        new(
            "Mqtt:Brokers", "--mqtt", "URL", "An MQTT broker whose devices join the home; may be given more than once",
            (options, values) => options.With(options.Of<MqttBridgeOptions>() with { Brokers = Read(values) }))
        {
            Default = "none", IsList = true, IsSecret = true,
        },
        new(
            "Mqtt:Forward", "--mqtt-forward", "RULE", "Topics as NATS subjects: 'sensors/# -> sensors.>', <- or <->; may be given more than once",
            (options, values) => options.With(options.Of<MqttBridgeOptions>() with
            {
                Forward = [.. values.Select(value => ForwardRule.Parse(value, options.Prefix))],
            }))
        {
            Default = "none", IsList = true,
        },
    ];

    /// <summary>Registers it.</summary>
    public static IServiceCollection AddMqttBridge(this IServiceCollection services) => services
        .AddSingleton<MqttBridgeService>()
        .AddSingleton<IHealthContributor, MqttBridgeHealth>()
        .AddHostedService(provider => provider.GetRequiredService<MqttBridgeService>());

    /// <summary>
    /// Reads what a broker has stored, and what the home would make of it. It publishes nothing and joins no device.
    /// </summary>
    /// <exception cref="IOException">There is no connection, and what to do about it.</exception>
    public static Task<BrokerInventory> ExamineAsync(BrokerAddress broker, TimeProvider time, CancellationToken cancellationToken) =>
        new BrokerExaminer(broker, time).RunAsync(cancellationToken);

    private static BrokerAddress[] Read(IReadOnlyList<string> values)
    {
        var brokers = values.Select(BrokerAddress.Parse).ToArray();
        var twice = brokers.GroupBy(broker => broker.Name).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? brokers : throw new FormatException($"{twice.Key} is given twice; give each a name of its own (?name=…)");
    }
}
