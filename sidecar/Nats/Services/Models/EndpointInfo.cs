using System.Text.Json.Serialization;

namespace NATS.Client.Services.Models;

/// <summary>An endpoint of a service (ADR-32).</summary>
public record EndpointInfo
{
    /// <summary>Its name.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = string.Empty;

    /// <summary>The subject on which it takes requests.</summary>
    [JsonPropertyName("subject")]
    public string Subject { get; set; } = string.Empty;

    /// <summary>Of the instances in this queue group one gets a request.</summary>
    [JsonPropertyName("queue_group")]
    public string QueueGroup { get; set; } = string.Empty;

    /// <summary>Additional data.</summary>
    [JsonPropertyName("metadata")]
    public IDictionary<string, string>? Metadata { get; set; }
}
