namespace NATS.Client.JetStream.Models;

/// <summary>
/// What a stream holds.
/// </summary>
public record StreamState
{
    /// <summary>Messages stored.</summary>
    public long Messages { get; set; }

    /// <summary>Their size in bytes.</summary>
    public long Bytes { get; set; }

    /// <summary>Sequence of the first message.</summary>
    public ulong FirstSeq { get; set; }

    /// <summary>Time of the first message, RFC 3339.</summary>
    public string? FirstTs { get; set; }

    /// <summary>Sequence of the last message, stored or removed.</summary>
    public ulong LastSeq { get; set; }

    /// <summary>Time of the last message, RFC 3339.</summary>
    public string? LastTs { get; set; }

    /// <summary>Sequences removed between first and last, when asked for.</summary>
    public ICollection<ulong>? Deleted { get; set; }

    /// <summary>Messages of each subject, when asked for.</summary>
    public IDictionary<string, long>? Subjects { get; set; }

    /// <summary>Subjects with at least one message.</summary>
    public long NumSubjects { get; set; }

    /// <summary>Messages removed between first and last.</summary>
    public long NumDeleted { get; set; }

    /// <summary>Messages that the server found damaged.</summary>
    public LostStreamData? Lost { get; set; }

    /// <summary>Consumers.</summary>
    public long ConsumerCount { get; set; }
}
