using NATS.Client.JetStream.Models;

namespace NATS.Client.KeyValueStore;

/// <summary>Configuration of a bucket (ADR-8).</summary>
public record NatsKVConfig
{
    /// <summary>With a name: letters, digits, dash and underscore.</summary>
    public NatsKVConfig(string bucket) => Bucket = bucket;

    /// <summary>Its name.</summary>
    public string Bucket { get; init; }

    /// <summary>Its purpose.</summary>
    public string? Description { get; init; }

    /// <summary>Largest value in bytes; 0 for no limit.</summary>
    public int MaxValueSize { get; init; }

    /// <summary>Revisions of a key that are kept, 1 to 64; 0 means 1.</summary>
    public long History { get; init; }

    /// <summary>How long an entry lives; zero for ever.</summary>
    public TimeSpan MaxAge { get; init; }

    /// <summary>Most bytes of the bucket, beyond which puts are refused; 0 for no limit.</summary>
    public long MaxBytes { get; init; }

    /// <summary>Where it is kept.</summary>
    public NatsKVStorageType Storage { get; init; }

    /// <summary>Copies in a cluster, 1 to 5; 0 means 1.</summary>
    public int NumberOfReplicas { get; init; }

    /// <summary>Publishes each change again.</summary>
    public NatsKVRepublish? Republish { get; init; }

    /// <summary>Where in a super-cluster it lives.</summary>
    public Placement? Placement { get; init; }

    /// <summary>Whether its files are compressed (server 2.10; 2.9 ignores it).</summary>
    public bool Compression { get; init; }

    /// <summary>The bucket that this one mirrors, by its name.</summary>
    public StreamSource? Mirror { get; init; }

    /// <summary>
    /// Buckets that are copied into this one, by their names (server 2.10). <see cref="StreamSource.FilterSubject"/> takes only some of the keys, like <c>$KV.{bucket}.light.&gt;</c>; with
    /// <see cref="StreamSource.SubjectTransforms"/> the keys are renamed as those say, else they keep their names.
    /// </summary>
    public ICollection<StreamSource>? Sources { get; set; }

    /// <summary>
    /// Allows an age limit of single keys, and keeps markers for this long, at least 1 s, when limits remove keys (ADR-48, server 2.11; refused with an older one, which would ignore it).
    /// Zero for neither. A mirror keeps no markers of its own. Can be switched on later, but not off.
    /// </summary>
    public TimeSpan LimitMarkerTTL { get; init; }

    /// <summary>Additional data of the bucket (ADR-33, server 2.10; 2.9 ignores it). Keys that begin with <c>_nats</c> are the servers'.</summary>
    public IDictionary<string, string>? Metadata { get; init; }
}
