using System.Net;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>The embedded server as a broker.</summary>
internal static class GatewayLogin
{
    /// <summary>Its address, with the sidecar's own user; null: it takes no MQTT clients.</summary>
    public static BrokerAddress? For(ServerAccess access)
    {
        if (access.Mqtt is not { } mqtt)
        {
            return null;
        }

        var at = IPEndPoint.Parse(mqtt.ReadListen().Reachable);
        return new BrokerAddress
        {
            Host = at.Address.ToString(),
            Port = at.Port,
            IsTls = mqtt.Tls is not null,
            Accepts = mqtt.Tls is { } tls ? NatsClientOptions.PinOf(tls) : null,
            User = access.Home.User,
            Password = access.Home.Password,
            Name = BrokerAddress.Gateway,

            // It speaks nothing else, and no QoS 2 before nats-server 2.10.
            Version = 311,
            MostQos = 1,
        };
    }
}
