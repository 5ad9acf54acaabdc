using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Models;

/// <summary>
/// A stream's acknowledgement of a message (ADR-22).
/// </summary>
public record PubAckResponse
{
    /// <summary>Why it was not stored.</summary>
    public ApiError? Error { get; set; }

    /// <summary>The stream that stored it.</summary>
    public string? Stream { get; set; }

    /// <summary>Its sequence.</summary>
    public ulong Seq { get; set; }

    /// <summary>A message with this id had been stored before.</summary>
    public bool Duplicate { get; set; }

    /// <summary>The stream's JetStream domain.</summary>
    public string? Domain { get; set; }

    /// <summary>The new value of a counter (server 2.12).</summary>
    [JsonPropertyName("val")]
    public string? Value { get; set; }
}
