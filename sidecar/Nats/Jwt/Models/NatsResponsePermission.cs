using System.Text.Json.Serialization;
using NATS.Jwt.Internal;

namespace NATS.Jwt.Models;

/// <summary>The right to answer to reply subjects.</summary>
public sealed record NatsResponsePermission
{
    /// <summary>Answers a request.</summary>
    [JsonPropertyName("max")]
    public int MaxMsgs { get; set; }

    /// <summary>How long after the request.</summary>
    [JsonPropertyName("ttl")]
    [JsonConverter(typeof(NanosecondsConverter))]
    public TimeSpan Expires { get; set; }
}
