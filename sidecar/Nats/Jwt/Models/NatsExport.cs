using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>A stream or service for other accounts.</summary>
public sealed record NatsExport
{
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    [JsonPropertyName("subject")]
    public string? Subject { get; set; }

    /// <summary>stream or service.</summary>
    [JsonPropertyName("type")]
    public string Type { get; set; } = "stream";

    [JsonPropertyName("token_req")]
    public bool TokenReq { get; set; }

    [JsonPropertyName("revocations")]
    public Dictionary<string, long>? Revocations { get; set; }

    [JsonPropertyName("response_type")]
    public string? ResponseType { get; set; }

    [JsonPropertyName("advertise")]
    public bool Advertise { get; set; }

    [JsonPropertyName("description")]
    public string? Description { get; set; }

    [JsonPropertyName("info_url")]
    public string? InfoUrl { get; set; }
}
