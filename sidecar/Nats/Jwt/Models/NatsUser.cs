using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>The user's own part of its claims.</summary>
public sealed record NatsUser : NatsGenericFields
{
    /// <summary>Subjects that it may publish to.</summary>
    [JsonPropertyName("pub")]
    public NatsPermission Pub { get; set; } = new();

    /// <summary>Subjects that it may subscribe to.</summary>
    [JsonPropertyName("sub")]
    public NatsPermission Sub { get; set; } = new();

    /// <summary>May answer requests although it may not publish there.</summary>
    [JsonPropertyName("resp")]
    public NatsResponsePermission? Resp { get; set; }

    /// <summary>CIDR ranges that it may connect from.</summary>
    [JsonPropertyName("src")]
    public List<string>? Src { get; set; }

    /// <summary>Times of day at which it may connect.</summary>
    [JsonPropertyName("times")]
    public List<TimeRange>? Times { get; set; }

    [JsonPropertyName("times_location")]
    public string? Locale { get; set; }

    [JsonPropertyName("subs")]
    public long Subs { get; set; } = NatsJwt.NoLimit;

    /// <summary>Bytes.</summary>
    [JsonPropertyName("data")]
    public long Data { get; set; } = NatsJwt.NoLimit;

    /// <summary>Bytes a message.</summary>
    [JsonPropertyName("payload")]
    public long Payload { get; set; } = NatsJwt.NoLimit;

    /// <summary>The JWT alone suffices, no nonce is signed.</summary>
    [JsonPropertyName("bearer_token")]
    public bool BearerToken { get; set; }

    /// <summary>STANDARD, WEBSOCKET, LEAFNODE, MQTT …</summary>
    [JsonPropertyName("allowed_connection_types")]
    public List<string>? AllowedConnectionTypes { get; set; }

    /// <summary>The account, when one of its signing keys signs.</summary>
    [JsonPropertyName("issuer_account")]
    public string? IssuerAccount { get; set; }
}
