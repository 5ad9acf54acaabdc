using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>The header of every NATS JWT.</summary>
public sealed record JwtHeader
{
    [JsonPropertyName("typ")]
    public string Type { get; set; } = NatsJwt.TokenTypeJwt;

    [JsonPropertyName("alg")]
    public string Algorithm { get; set; } = NatsJwt.AlgorithmNkey;
}
