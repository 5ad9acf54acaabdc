using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using NATS.Jwt.Internal;

namespace NATS.Jwt.Models;

/// <summary>A further key of an account; with <see cref="NatsAccountScopedSigningKey"/> for users of fixed rights only.</summary>
[JsonConverter(typeof(SigningKeyConverter))]
[SuppressMessage("Usage", "CA2225", Justification = "official surface")]
public record NatsAccountSigningKey([property: JsonIgnore] string SigningKey)
{
    public static implicit operator NatsAccountSigningKey(string signingKey) => new(signingKey);

    public static implicit operator string(NatsAccountSigningKey signingKey)
    {
        ArgumentNullException.ThrowIfNull(signingKey);
        return signingKey is NatsAccountScopedSigningKey scoped ? scoped.Key : signingKey.SigningKey;
    }
}
