using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>
/// A further key of an account whose users have the template's rights and no others, whatever the holder of the key writes into them: so the issuing of devices can be given away. In the
/// template's subjects the server replaces <c>{{name()}}</c>, <c>{{subject()}}</c>, <c>{{account-name()}}</c> and <c>{{tag(…)}}</c> (docs.nats.io, "Scoped signing keys"). Users signed by it
/// must have no rights of their own: <c>Subs</c>, <c>Data</c> and <c>Payload</c> 0.
/// </summary>
public sealed record NatsAccountScopedSigningKey() : NatsAccountSigningKey(string.Empty)
{
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "user_scope";

    /// <summary>The public key.</summary>
    [JsonPropertyName("key")]
    public string Key { get; set; } = string.Empty;

    /// <summary>A name for people.</summary>
    [JsonPropertyName("role")]
    public string? Role { get; set; }

    /// <summary>The rights of every user that the key signs.</summary>
    [JsonPropertyName("template")]
    public NatsUser Template { get; set; } = new();
}
