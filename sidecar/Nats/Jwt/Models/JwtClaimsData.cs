using System.Text.Json.Serialization;
using NATS.Jwt.Internal;

namespace NATS.Jwt.Models;

/// <summary>The registered claims (RFC 7519) as NATS uses them. <see cref="Issuer"/>, <see cref="Id"/> and <see cref="IssuedAt"/> are filled when encoding.</summary>
public record JwtClaimsData
{
    [JsonPropertyName("aud")]
    public string? Audience { get; set; }

    [JsonPropertyName("jti")]
    public string? Id { get; set; }

    [JsonPropertyName("iat")]
    [JsonConverter(typeof(UnixSecondsConverter))]
    public DateTimeOffset? IssuedAt { get; set; }

    /// <summary>The public key that signed.</summary>
    [JsonPropertyName("iss")]
    public string? Issuer { get; set; }

    /// <summary>For people.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <summary>The public key that the claims are about.</summary>
    [JsonPropertyName("sub")]
    public string Subject { get; set; } = string.Empty;

    /// <summary>Not valid any more from then on; null: for ever.</summary>
    [JsonPropertyName("exp")]
    [JsonConverter(typeof(UnixSecondsConverter))]
    public DateTimeOffset? Expires { get; set; }

    [JsonPropertyName("nbf")]
    [JsonConverter(typeof(UnixSecondsConverter))]
    public DateTimeOffset? NotBefore { get; set; }
}
