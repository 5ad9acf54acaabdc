using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>What the claims of all kinds carry.</summary>
public record NatsGenericFields
{
    [JsonPropertyName("tags")]
    public List<string>? Tags { get; set; }

    /// <summary>operator, account or user.</summary>
    [JsonPropertyName("type")]
    public string Type { get; set; } = string.Empty;

    /// <summary>2 for all that this library writes.</summary>
    [JsonPropertyName("version")]
    public int Version { get; set; }
}
