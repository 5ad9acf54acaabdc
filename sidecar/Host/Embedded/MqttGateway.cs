using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Embedded;

/// <summary>The embedded server takes MQTT clients too (docs/mqtt.md, "The embedded server as a broker").</summary>
/// <param name="Listen">Where, as <see cref="HostPort"/> reads it.</param>
/// <param name="IsOpen">Whether it takes clients without credentials: as for NATS, and only where it listens on loopback.</param>
/// <param name="Tls">Its certificate; null: it speaks plain text.</param>
public sealed record MqttGateway(string Listen, bool IsOpen, ServerTls? Tls)
{
    /// <summary>Where it listens.</summary>
    public HostPort ReadListen() => HostPort.TryParse(Listen, out var at) ? at : throw new FormatException(Listen);
}
