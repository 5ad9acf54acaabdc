using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>The account's own part of its claims.</summary>
public sealed record NatsAccount : NatsGenericFields
{
    [JsonPropertyName("imports")]
    public List<NatsImport>? Imports { get; set; }

    [JsonPropertyName("exports")]
    public List<NatsExport>? Exports { get; set; }

    [JsonPropertyName("limits")]
    public NatsOperatorLimits Limits { get; set; } = new();

    /// <summary>Further public account keys that may sign users.</summary>
    [JsonPropertyName("signing_keys")]
    public List<NatsAccountSigningKey>? SigningKeys { get; set; }

    /// <summary>Public user keys (or *) and the Unix second up to which what was issued for them is void.</summary>
    [JsonPropertyName("revocations")]
    public Dictionary<string, long>? Revocations { get; set; }

    /// <summary>For users without permissions of their own.</summary>
    [JsonPropertyName("default_permissions")]
    public NatsPermissions DefaultPermissions { get; set; } = new();

    [JsonPropertyName("description")]
    public string? Description { get; set; }

    [JsonPropertyName("info_url")]
    public string? InfoUrl { get; set; }
}
