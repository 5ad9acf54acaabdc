namespace NATS.Client.JetStream;

/// <summary>Nobody serves the consumer at the moment: it is gone, or its server restarts. The pull is sent again after a pause.</summary>
public record NatsJSNoRespondersNotification : INatsJSNotification
{
    /// <summary>The only instance there need be.</summary>
    public static readonly NatsJSNoRespondersNotification Default = new();

    /// <inheritdoc/>
    public string Name => "No Responders";
}
