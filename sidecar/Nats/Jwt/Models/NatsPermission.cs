using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>Subjects allowed and denied; denial wins.</summary>
public sealed record NatsPermission
{
    [JsonPropertyName("allow")]
    public List<string>? Allow { get; set; }

    [JsonPropertyName("deny")]
    public List<string>? Deny { get; set; }
}
