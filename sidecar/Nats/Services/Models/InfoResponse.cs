using System.Text.Json.Serialization;

namespace NATS.Client.Services.Models;

/// <summary>Answer to <c>$SRV.INFO</c> (ADR-32).</summary>
public record InfoResponse
{
    /// <summary>Tells what answer this is.</summary>
    [JsonPropertyName("type")]
    public string Type { get; set; } = "io.nats.micro.v1.info_response";

    /// <summary>Name of the service.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = string.Empty;

    /// <summary>Id of this instance.</summary>
    [JsonPropertyName("id")]
    public string Id { get; set; } = string.Empty;

    /// <summary>Version of the service.</summary>
    [JsonPropertyName("version")]
    public string Version { get; set; } = string.Empty;

    /// <summary>Additional data.</summary>
    [JsonPropertyName("metadata")]
    public IDictionary<string, string> Metadata { get; set; } = new Dictionary<string, string>();

    /// <summary>Purpose of the service.</summary>
    [JsonPropertyName("description")]
    public string Description { get; set; } = string.Empty;

    /// <summary>Its endpoints.</summary>
    [JsonPropertyName("endpoints")]
    public ICollection<EndpointInfo> Endpoints { get; set; } = [];
}
