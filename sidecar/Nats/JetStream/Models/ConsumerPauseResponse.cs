using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Models;

/// <summary>
/// Whether a consumer is paused (server 2.11).
/// </summary>
public record ConsumerPauseResponse
{
    /// <summary>Whether it is.</summary>
    [JsonPropertyName("paused")]
    public bool IsPaused { get; set; }

    /// <summary>Until when.</summary>
    public DateTimeOffset? PauseUntil { get; set; }

    /// <summary>For how long still.</summary>
    public TimeSpan? PauseRemaining { get; set; }
}
