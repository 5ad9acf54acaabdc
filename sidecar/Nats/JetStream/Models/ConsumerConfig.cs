using System.Text.Json;
using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Models;

/// <summary>
/// Configuration of a consumer (ADR-42 and the server's ConsumerConfig), with the fields through server 2.12.
/// </summary>
public record ConsumerConfig
{
    /// <summary>An ephemeral consumer.</summary>
    public ConsumerConfig()
    {
    }

    /// <summary>A durable consumer with explicit acknowledgement.</summary>
    public ConsumerConfig(string name)
    {
        Name = name;
        DurableName = name;
    }

    /// <summary>Where in the stream the consumer starts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ConsumerConfigDeliverPolicy DeliverPolicy { get; set; }

    /// <summary>First sequence, with <see cref="ConsumerConfigDeliverPolicy.ByStartSequence"/>.</summary>
    public ulong OptStartSeq { get; set; }

    /// <summary>First time, with <see cref="ConsumerConfigDeliverPolicy.ByStartTime"/>.</summary>
    public DateTimeOffset OptStartTime { get; set; }

    /// <summary>Name of a durable consumer, which outlives its clients.</summary>
    public string? DurableName { get; set; }

    /// <summary>Unique name: no space, dot, asterisk, greater-than, slash or backslash.</summary>
    public string? Name { get; set; }

    /// <summary>Purpose of the consumer, at most 4 KiB.</summary>
    public string? Description { get; set; }

    /// <summary>Makes it a push consumer, which this client does not consume.</summary>
    public string? DeliverSubject { get; set; }

    /// <summary>Queue group of a push consumer.</summary>
    public string? DeliverGroup { get; set; }

    /// <summary>How messages are acknowledged.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ConsumerConfigAckPolicy AckPolicy { get; set; }

    /// <summary>How long an acknowledgement may take before redelivery; zero for the server's default of 30 s.</summary>
    public TimeSpan AckWait { get; set; }

    /// <summary>Most deliveries of one message; -1 or 0 for no limit.</summary>
    public long MaxDeliver { get; set; }

    /// <summary>Delivers only this subject, wildcards allowed.</summary>
    public string? FilterSubject { get; set; }

    /// <summary>Delivers only these subjects (server 2.10; 2.9 ignores the field and delivers all).</summary>
    public ICollection<string>? FilterSubjects { get; set; }

    /// <summary>How fast stored messages are delivered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ConsumerConfigReplayPolicy ReplayPolicy { get; set; }

    /// <summary>Share of acknowledgements to sample, for example <c>100%</c>.</summary>
    public string? SampleFreq { get; set; }

    /// <summary>Most bits per second.</summary>
    public long RateLimitBps { get; set; }

    /// <summary>Most messages delivered and not acknowledged; 0 for the server's default of 1,000.</summary>
    public long MaxAckPending { get; set; }

    /// <summary>Heartbeats of a push consumer.</summary>
    public TimeSpan IdleHeartbeat { get; set; }

    /// <summary>Flow control of a push consumer.</summary>
    public bool FlowControl { get; set; }

    /// <summary>Most pulls that wait; 0 for the server's default of 512.</summary>
    public long MaxWaiting { get; set; }

    /// <summary>Between servers only.</summary>
    public bool Direct { get; set; }

    /// <summary>Delivers headers without bodies, and <c>Nats-Msg-Size</c>.</summary>
    public bool HeadersOnly { get; set; }

    /// <summary>Largest batch of a pull.</summary>
    public int MaxBatch { get; set; }

    /// <summary>Longest expiry of a pull.</summary>
    public TimeSpan MaxExpires { get; set; }

    /// <summary>Most bytes of a pull.</summary>
    public long MaxBytes { get; set; }

    /// <summary>The server removes the consumer when nobody pulled for so long.</summary>
    public TimeSpan InactiveThreshold { get; set; }

    /// <summary>Pauses before each redelivery, instead of <see cref="AckWait"/>.</summary>
    public ICollection<TimeSpan>? Backoff { get; set; }

    /// <summary>Copies of the consumer's state; 0 for as many as the stream has.</summary>
    public long NumReplicas { get; set; }

    /// <summary>Delivers nothing before this time (server 2.11).</summary>
    public DateTimeOffset? PauseUntil { get; set; }

    /// <summary>Keeps the consumer's state in memory.</summary>
    public bool MemStorage { get; set; }

    /// <summary>Additional data (ADR-33, server 2.10). Servers add keys that begin with <c>_nats.</c>.</summary>
    public IDictionary<string, string>? Metadata { get; set; }

    /// <summary>Names of the priority groups (ADR-42, server 2.11), at most 16 characters each.</summary>
    public ICollection<string>? PriorityGroups { get; set; }

    /// <summary>How pulls of a priority group are served.</summary>
    public ConsumerConfigPriorityPolicy? PriorityPolicy { get; set; }

    /// <summary>How long a pinned client may be silent.</summary>
    [JsonPropertyName("priority_timeout")]
    public TimeSpan? PinnedTTL { get; set; }

    /// <summary>
    /// Fields of the server's answer that this record does not know, kept so that reading a configuration and sending it
    /// back changed does not switch off what a newer server or another client set.
    /// </summary>
    [JsonExtensionData]
    [JsonInclude]
    internal Dictionary<string, JsonElement>? Unknown { get; set; }
}
