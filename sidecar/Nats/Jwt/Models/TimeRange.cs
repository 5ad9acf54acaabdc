using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>A time of day, HH:MM:SS.</summary>
public sealed record TimeRange
{
    [JsonPropertyName("start")]
    public string Start { get; set; } = string.Empty;

    [JsonPropertyName("end")]
    public string End { get; set; } = string.Empty;
}
