using System.Text.Json.Serialization;

namespace NATS.Jwt.Models;

/// <summary>What an account may use; -1 is no limit.</summary>
public sealed record NatsOperatorLimits
{
    [JsonPropertyName("subs")]
    public long Subs { get; set; } = NatsJwt.NoLimit;

    [JsonPropertyName("data")]
    public long Data { get; set; } = NatsJwt.NoLimit;

    [JsonPropertyName("payload")]
    public long Payload { get; set; } = NatsJwt.NoLimit;

    [JsonPropertyName("imports")]
    public long Imports { get; set; } = NatsJwt.NoLimit;

    [JsonPropertyName("exports")]
    public long Exports { get; set; } = NatsJwt.NoLimit;

    [JsonPropertyName("wildcards")]
    public bool WildcardExports { get; set; } = true;

    [JsonPropertyName("disallow_bearer")]
    public bool DisallowBearer { get; set; }

    [JsonPropertyName("conn")]
    public long Conn { get; set; } = NatsJwt.NoLimit;

    [JsonPropertyName("leaf")]
    public long LeafNodeConn { get; set; } = NatsJwt.NoLimit;

    /// <summary>Bytes of JetStream; 0: none.</summary>
    [JsonPropertyName("mem_storage")]
    public long MemoryStorage { get; set; }

    /// <summary>Bytes of JetStream; 0: none.</summary>
    [JsonPropertyName("disk_storage")]
    public long DiskStorage { get; set; }

    [JsonPropertyName("streams")]
    public long Streams { get; set; }

    [JsonPropertyName("consumer")]
    public long Consumer { get; set; }

    [JsonPropertyName("max_ack_pending")]
    public long MaxAckPending { get; set; }

    [JsonPropertyName("mem_max_stream_bytes")]
    public long MemoryMaxStreamBytes { get; set; }

    [JsonPropertyName("disk_max_stream_bytes")]
    public long DiskMaxStreamBytes { get; set; }

    [JsonPropertyName("max_bytes_required")]
    public bool MaxBytesRequired { get; set; }
}
