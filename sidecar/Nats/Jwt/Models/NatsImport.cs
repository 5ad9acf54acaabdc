using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>A stream or service of another account.</summary>
public sealed record NatsImport
{
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    [JsonPropertyName("subject")]
    public string? Subject { get; set; }

    [JsonPropertyName("account")]
    public string? Account { get; set; }

    [JsonPropertyName("token")]
    public string? Token { get; set; }

    [JsonPropertyName("local_subject")]
    public string? LocalSubject { get; set; }

    /// <summary>stream or service.</summary>
    [JsonPropertyName("type")]
    public string Type { get; set; } = "stream";

    [JsonPropertyName("share")]
    public bool Share { get; set; }
}
