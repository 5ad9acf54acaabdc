using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>The operator's own part of its claims.</summary>
public sealed record NatsOperator : NatsGenericFields
{
    /// <summary>Further public operator keys that may sign accounts.</summary>
    [JsonPropertyName("signing_keys")]
    public List<string>? SigningKeys { get; set; }

    [JsonPropertyName("account_server_url")]
    public string? AccountServerUrl { get; set; }

    [JsonPropertyName("operator_service_urls")]
    public List<string>? OperatorServiceUrLs { get; set; }

    /// <summary>The public key of the system account.</summary>
    [JsonPropertyName("system_account")]
    public string? SystemAccount { get; set; }

    [JsonPropertyName("assert_server_version")]
    public string? AssertServerVersion { get; set; }

    [JsonPropertyName("strict_signing_key_usage")]
    public bool StrictSigningKeyUsage { get; set; }
}
