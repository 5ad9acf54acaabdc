using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>An operator: it signs accounts.</summary>
public sealed record NatsOperatorClaims : JwtClaimsData
{
    [JsonPropertyName("nats")]
    public NatsOperator Operator { get; set; } = new();
}
