namespace NATS.Client.JetStream.Models;

/// <summary>
/// What was removed from a stream.
/// </summary>
public record StreamPurgeResponse
{
    /// <summary>Whether it was done.</summary>
    public bool Success { get; set; }

    /// <summary>Messages removed.</summary>
    public ulong Purged { get; set; }
}
