using NATS.Client.JetStream.Models;

namespace NATS.Client.KeyValueStore.Internal;

/// <summary>The stream that is a bucket (ADR-8).</summary>
internal static class BucketStream
{
    private const int MaxHistory = 64;
    private static readonly TimeSpan DefaultDuplicateWindow = TimeSpan.FromMinutes(2);

    internal static StreamConfig From(NatsKVConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        KVNames.CheckBucket(config.Bucket);
        if (config.History is < 0 or > MaxHistory)
        {
            throw new NatsKVException($"A history of {config.History} is not possible: at most {MaxHistory} revisions are kept");
        }

        var stream = new StreamConfig
        {
            Name = KVNames.StreamOf(config.Bucket),
            Description = config.Description,
            MaxMsgsPerSubject = Math.Max(1, config.History),
            MaxMsgs = -1,
            MaxConsumers = -1,
            MaxBytes = config.MaxBytes == 0 ? -1 : config.MaxBytes,
            MaxMsgSize = config.MaxValueSize == 0 ? -1 : config.MaxValueSize,
            MaxAge = config.MaxAge,
            DuplicateWindow = config.MaxAge > TimeSpan.Zero && config.MaxAge < DefaultDuplicateWindow ? config.MaxAge : DefaultDuplicateWindow,
            Storage = config.Storage == NatsKVStorageType.Memory ? StreamConfigStorage.Memory : StreamConfigStorage.File,
            Compression = config.Compression ? StreamConfigCompression.S2 : StreamConfigCompression.None,
            NumReplicas = Math.Max(1, config.NumberOfReplicas),
            Placement = config.Placement,
            Discard = StreamConfigDiscard.New,
            AllowRollupHdrs = true,
            DenyDelete = true,
            AllowDirect = true,
            Republish = config.Republish is { } republish
                ? new Republish { Src = republish.Src, Dest = republish.Dest, HeadersOnly = republish.HeadersOnly }
                : null,
            AllowMsgTTL = config.LimitMarkerTTL > TimeSpan.Zero,
            SubjectDeleteMarkerTTL = config.LimitMarkerTTL,
        };
        return WithOrigins(stream, config);
    }

    private static StreamConfig WithOrigins(StreamConfig stream, NatsKVConfig config)
    {
        if (config.Mirror is { } mirror)
        {
            return stream with { Mirror = mirror with { Name = AsStream(mirror.Name) }, MirrorDirect = true };
        }

        return stream with
        {
            Subjects = [KVNames.PrefixOf(config.Bucket) + ">"],
            Sources = config.Sources is { Count: > 0 } sources ? [.. sources.Select(source => AsSource(source, config.Bucket))] : null,
        };
    }

    /// <summary>The keys of another bucket have another prefix, so they are renamed while copying.</summary>
    private static StreamSource AsSource(StreamSource source, string bucket)
    {
        var origin = AsBucket(source.Name);
        var transforms = source.SubjectTransforms ?? (origin == bucket
            ? null
            : [new SubjectTransform { Src = KVNames.PrefixOf(origin) + ">", Dest = KVNames.PrefixOf(bucket) + ">" }]);
        return source with { Name = AsStream(source.Name), SubjectTransforms = transforms };
    }

    private static string AsBucket(string name) =>
        name.StartsWith(KVNames.StreamPrefix, StringComparison.Ordinal) ? name[KVNames.StreamPrefix.Length..] : name;

    private static string AsStream(string name) => KVNames.StreamOf(AsBucket(name));
}
