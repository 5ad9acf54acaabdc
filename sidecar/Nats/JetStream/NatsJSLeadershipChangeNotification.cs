namespace NATS.Client.JetStream;

/// <summary>Another server leads the consumer now: the pull is sent again.</summary>
public record NatsJSLeadershipChangeNotification : INatsJSNotification
{
    /// <summary>The only instance there need be.</summary>
    public static readonly NatsJSLeadershipChangeNotification Default = new();

    /// <inheritdoc/>
    public string Name => "Leadership Change";
}
