using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>What a person has to look at.</summary>
internal static class StorageRepairs
{
    /// <summary>The server does not have the room that the home may take.</summary>
    public static readonly RepairKind NoRoom = new("no_room", "error", "wanted", "setting", "reason");

    /// <summary>
    /// A stream of another program has a name or subjects of ours: nothing can start until a person has decided.
    /// </summary>
    public static readonly RepairKind ForeignStream = new("foreign_stream", "error", "stream", "has", "wanted", "subjects");

    /// <summary>A bucket is other than designed, and the server does not let it be corrected.</summary>
    public static readonly RepairKind BucketSettings = new("bucket_settings", "error", "bucket", "settings");

    /// <summary>A stream captures commands or announcements.</summary>
    public static readonly RepairKind StreamOnSet = new("stream_on_set", "error", "streams", "subject");

    /// <summary>The server acknowledges what devices publish, and this cannot be turned off.</summary>
    public static readonly RepairKind AcknowledgingStream = new("acknowledging_stream", "error", "stream");

    /// <summary>The server is older than the first that lacks nothing.</summary>
    public static readonly RepairKind OldServer = new("old_server", "warning", "version", "missing");

    /// <summary>A stream discards what may be missed.</summary>
    public static readonly RepairKind StreamNearlyFull = new("stream_nearly_full", "warning", "stream", "limit_mib", "since");

    /// <summary>The store is not the one that was read before.</summary>
    public static readonly RepairKind StoreExchanged = new("store_exchanged", "error", "change");
}
