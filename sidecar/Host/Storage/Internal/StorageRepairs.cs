using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>The kinds of repairs about streams and buckets.</summary>
internal static class StorageRepairs
{
    public static readonly RepairKind BucketSettings = new("bucket_settings", "error", "bucket", "settings");

    public static readonly RepairKind ForeignStream = new("foreign_stream", "error", "stream", "has", "wanted", "subjects");

    public static readonly RepairKind NoRoom = new("no_room", "error", "wanted", "setting", "reason");

    public static readonly RepairKind StoreExchanged = new("store_exchanged", "error", "change");

    public static readonly RepairKind StreamNearlyFull = new("stream_nearly_full", "warning", "stream", "limit_mib", "since");

    public static readonly RepairKind StreamOnSet = new("stream_on_set", "error", "streams", "subject");
}
