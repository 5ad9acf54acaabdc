namespace NATS.Client.JetStream.Models;

/// <summary>
/// A message as it lies in the stream.
/// </summary>
public record StoredMessage
{
    /// <summary>Its subject.</summary>
    public string Subject { get; set; } = string.Empty;

    /// <summary>Its sequence.</summary>
    public ulong Seq { get; set; }

    /// <summary>Its payload.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>When it was stored.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>Its headers: the wire form in Base64.</summary>
    public string? Hdrs { get; set; }
}
