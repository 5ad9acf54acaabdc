using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>A user: who may connect, and what it may say and hear.</summary>
public sealed record NatsUserClaims : JwtClaimsData
{
    [JsonPropertyName("nats")]
    public NatsUser User { get; set; } = new();
}
