namespace NATS.Client.JetStream.Models;

/// <summary>
/// Whether a message was removed.
/// </summary>
public record StreamMsgDeleteResponse
{
    /// <summary>Whether it was done.</summary>
    public bool Success { get; set; }
}
