using System.Text.Json;
using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Models;

/// <summary>
/// Configuration of a stream (ADR-31, ADR-36, ADR-43 and the server's StreamConfig), with the fields through server 2.12.
/// </summary>
public record StreamConfig
{
    /// <summary>An empty configuration.</summary>
    public StreamConfig()
    {
    }

    /// <summary>A configuration with the two fields that most streams need.</summary>
    public StreamConfig(string name, ICollection<string> subjects)
    {
        Name = name;
        Subjects = subjects;
    }

    /// <summary>Unique name: no space, dot, asterisk, greater-than, slash or backslash.</summary>
    public string? Name { get; set; }

    /// <summary>Purpose of the stream, at most 4 KiB.</summary>
    public string? Description { get; set; }

    /// <summary>Subjects that are stored, wildcards allowed. Empty for a mirror; may be empty with sources.</summary>
    public ICollection<string>? Subjects { get; set; }

    /// <summary>Renames subjects as they are stored (server 2.10).</summary>
    public SubjectTransform? SubjectTransform { get; set; }

    /// <summary>When messages leave the stream.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public StreamConfigRetention Retention { get; set; }

    /// <summary>Most consumers; -1 or 0 for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int MaxConsumers { get; set; }

    /// <summary>Most messages; -1 or 0 for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long MaxMsgs { get; set; }

    /// <summary>Most messages of one subject; -1 or 0 for no limit.</summary>
    public long MaxMsgsPerSubject { get; set; }

    /// <summary>Most bytes; -1 or 0 for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long MaxBytes { get; set; }

    /// <summary>How long messages are kept; zero for ever. Sent in nanoseconds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public TimeSpan MaxAge { get; set; }

    /// <summary>Largest message in bytes; -1 or 0 for no limit.</summary>
    public int MaxMsgSize { get; set; }

    /// <summary>Where messages are kept. Cannot be changed later.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public StreamConfigStorage Storage { get; set; }

    /// <summary>How files are compressed (server 2.10; 2.9 ignores it).</summary>
    public StreamConfigCompression Compression { get; set; }

    /// <summary>Copies in a cluster, 1 to 5; 0 means 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int NumReplicas { get; set; }

    /// <summary>Publishes are not acknowledged.</summary>
    public bool NoAck { get; set; }

    /// <summary>Template that manages the stream (server 2.9 and older).</summary>
    public string? TemplateOwner { get; set; }

    /// <summary>What happens when a limit is reached.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public StreamConfigDiscard Discard { get; set; }

    /// <summary>How long message ids are remembered; zero for the server's default of two minutes.</summary>
    public TimeSpan DuplicateWindow { get; set; }

    /// <summary>Where in a super-cluster the stream lives.</summary>
    public Placement? Placement { get; set; }

    /// <summary>The stream that this one mirrors, without subjects of its own.</summary>
    public StreamSource? Mirror { get; set; }

    /// <summary>Streams that are copied into this one.</summary>
    public ICollection<StreamSource>? Sources { get; set; }

    /// <summary>No message may enter or leave any more. Only by an update, and for ever.</summary>
    public bool Sealed { get; set; }

    /// <summary>Messages cannot be deleted through the API. Cannot be taken back.</summary>
    public bool DenyDelete { get; set; }

    /// <summary>The stream cannot be purged through the API. Cannot be taken back.</summary>
    public bool DenyPurge { get; set; }

    /// <summary>Allows <c>Nats-Rollup</c>: a message that replaces the subject's or the stream's earlier ones.</summary>
    public bool AllowRollupHdrs { get; set; }

    /// <summary>Allows direct get (ADR-31): single messages from any replica without the JetStream API.</summary>
    public bool AllowDirect { get; set; }

    /// <summary>A mirror takes part in the direct gets of its origin.</summary>
    public bool MirrorDirect { get; set; }

    /// <summary>Publishes stored messages again under another subject.</summary>
    public Republish? Republish { get; set; }

    /// <summary>With <see cref="StreamConfigDiscard.New"/>: also refuses at the limit of one subject.</summary>
    public bool DiscardNewPerSubject { get; set; }

    /// <summary>
    /// Allows <c>Nats-TTL</c>: an age limit of single messages (ADR-43, server 2.11; older servers ignore it).
    /// </summary>
    public bool AllowMsgTTL { get; set; }

    /// <summary>
    /// Leaves a marker of this age when a limit removes the last message of a subject (ADR-43, server 2.11).
    /// </summary>
    public TimeSpan SubjectDeleteMarkerTTL { get; set; }

    /// <summary>Additional data (ADR-33, server 2.10). Servers add keys that begin with <c>_nats.</c>.</summary>
    public IDictionary<string, string>? Metadata { get; set; }

    /// <summary>The stream's messages are counters (ADR-49, server 2.12).</summary>
    public bool AllowMsgCounter { get; set; }

    /// <summary>Allows messages that are stored at a later time (ADR-51, server 2.12).</summary>
    public bool AllowMsgSchedules { get; set; }

    /// <summary>Allows batches that are stored as a whole or not at all (ADR-50, server 2.12).</summary>
    [JsonPropertyName("allow_atomic")]
    public bool AllowAtomicPublish { get; set; }

    /// <summary>When a stored message is acknowledged (server 2.12).</summary>
    public StreamConfigPersistMode? PersistMode { get; set; }

    /// <summary>
    /// Fields of the server's answer that this record does not know, kept so that reading a configuration and sending it
    /// back changed does not switch off what a newer server or another client set.
    /// </summary>
    [JsonExtensionData]
    [JsonInclude]
    internal Dictionary<string, JsonElement>? Unknown { get; set; }
}
