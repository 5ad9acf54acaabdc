namespace NATS.Client.JetStream.Models;

/// <summary>
/// A message that was read through the API.
/// </summary>
public record StreamMsgGetResponse
{
    /// <summary>The message.</summary>
    public StoredMessage Message { get; set; } = new();
}
