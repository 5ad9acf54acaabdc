using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>An account: subjects of its own, users that it signs.</summary>
public sealed record NatsAccountClaims : JwtClaimsData
{
    [JsonPropertyName("nats")]
    public NatsAccount Account { get; set; } = new();
}
