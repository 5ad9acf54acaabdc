using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>Publish and subscribe permissions.</summary>
public sealed record NatsPermissions
{
    [JsonPropertyName("pub")]
    public NatsPermission Pub { get; set; } = new();

    [JsonPropertyName("sub")]
    public NatsPermission Sub { get; set; } = new();

    [JsonPropertyName("resp")]
    public NatsResponsePermission? Resp { get; set; }
}
