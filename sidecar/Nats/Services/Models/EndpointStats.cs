using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace NATS.Client.Services.Models;

/// <summary>Figures of an endpoint since it was added (ADR-32).</summary>
public record EndpointStats
{
    /// <summary>Its name.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = string.Empty;

    /// <summary>The subject on which it takes requests.</summary>
    [JsonPropertyName("subject")]
    public string Subject { get; set; } = string.Empty;

    /// <summary>Its queue group.</summary>
    [JsonPropertyName("queue_group")]
    public string QueueGroup { get; set; } = string.Empty;

    /// <summary>Requests.</summary>
    [JsonPropertyName("num_requests")]
    public long NumRequests { get; set; }

    /// <summary>Requests that ended in an error.</summary>
    [JsonPropertyName("num_errors")]
    public long NumErrors { get; set; }

    /// <summary>The last error, as <c>code:text</c>.</summary>
    [JsonPropertyName("last_error")]
    public string LastError { get; set; } = string.Empty;

    /// <summary>What the service's own handler adds.</summary>
    [JsonPropertyName("data")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonNode? Data { get; set; }

    /// <summary>Time spent on requests in nanoseconds.</summary>
    [JsonPropertyName("processing_time")]
    public long ProcessingTime { get; set; }

    /// <summary>Time spent on one request in nanoseconds.</summary>
    [JsonPropertyName("average_processing_time")]
    public long AverageProcessingTime { get; set; }
}
