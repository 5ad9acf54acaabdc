namespace NATS.Client.JetStream;

/// <summary>Neither message nor heartbeat for twice the idle heartbeat: the pull is sent again.</summary>
public record NatsJSTimeoutNotification : INatsJSNotification
{
    /// <summary>The only instance there need be.</summary>
    public static readonly NatsJSTimeoutNotification Default = new();

    /// <inheritdoc/>
    public string Name => "Timeout";
}
