using NATS.Client.JetStream.Models;

namespace NATS.Client.KeyValueStore.Internal;

/// <summary>The stream that is a bucket (ADR-8).</summary>
internal static class BucketStream
{
    private const int MaxHistory = 64;
    private static readonly TimeSpan DefaultDuplicateWindow = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ShortestMarker = TimeSpan.FromSeconds(1);

    internal static StreamConfig From(NatsKVConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        KVNames.CheckBucket(config.Bucket);
        if (config.History is < 0 or > MaxHistory)
        {
            throw new NatsKVException($"A history of {config.History} is not possible: at most {MaxHistory} revisions are kept");
        }

        if (config.LimitMarkerTTL != TimeSpan.Zero && config.LimitMarkerTTL < ShortestMarker)
        {
            throw new NatsKVException($"A LimitMarkerTTL of {config.LimitMarkerTTL} is not possible: a marker is kept for at least one second");
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
                ? new Republish { Src = republish.Src ?? string.Empty, Dest = republish.Dest ?? string.Empty, HeadersOnly = republish.HeadersOnly }
                : null,
            AllowMsgTTL = config.LimitMarkerTTL > TimeSpan.Zero,
            // A mirror could not insert markers without leaving the sequences of its origin (ADR-43).
            SubjectDeleteMarkerTTL = config.Mirror is null ? config.LimitMarkerTTL : TimeSpan.Zero,
            Metadata = config.Metadata,
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

    /// <summary>The keys of another bucket have another prefix, so they are renamed while copying. A source has either transforms or a filter (ADR-36), so a filter becomes one.</summary>
    private static StreamSource AsSource(StreamSource source, string bucket)
    {
        var origin = AsBucket(source.Name);
        var named = source with { Name = AsStream(source.Name) };
        return origin == bucket || source.SubjectTransforms is not null
            ? named
            : named with { FilterSubject = null, SubjectTransforms = [Rename(source.FilterSubject, KVNames.PrefixOf(origin), KVNames.PrefixOf(bucket))] };
    }

    private static SubjectTransform Rename(string? filter, string from, string to)
    {
        var all = string.IsNullOrEmpty(filter) ? from + ">" : filter;
        if (!all.StartsWith(from, StringComparison.Ordinal))
        {
            throw new NatsKVException($"The filter {filter} is none of keys of the bucket: they begin with {from}");
        }

        var wildcards = 0;
        var tokens = all[from.Length..].Split('.').Select(x => x == "*" ? $"{{{{wildcard({++wildcards})}}}}" : x);
        return new SubjectTransform { Src = all, Dest = to + string.Join('.', tokens) };
    }

    private static string AsBucket(string name) =>
        name.StartsWith(KVNames.StreamPrefix, StringComparison.Ordinal) ? name[KVNames.StreamPrefix.Length..] : name;

    private static string AsStream(string name) => KVNames.StreamOf(AsBucket(name));
}
