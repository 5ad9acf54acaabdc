namespace NATS.Client.JetStream;

/// <summary>The next message is larger than <see cref="NatsJSConsumeOpts.MaxBytes"/>: nothing more comes before that is raised.</summary>
public record NatsJSMessageSizeExceedsMaxBytesNotification : INatsJSNotification
{
    /// <summary>The only instance there need be.</summary>
    public static readonly NatsJSMessageSizeExceedsMaxBytesNotification Default = new();

    /// <inheritdoc/>
    public string Name => "Message Size Exceeds MaxBytes";
}
