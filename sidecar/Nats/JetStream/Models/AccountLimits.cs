namespace NATS.Client.JetStream.Models;

/// <summary>
/// What an account may use; -1 for no limit.
/// </summary>
public record AccountLimits
{
    /// <summary>Bytes in memory.</summary>
    public long MaxMemory { get; set; }

    /// <summary>Bytes in files.</summary>
    public long MaxStorage { get; set; }

    /// <summary>Streams.</summary>
    public int MaxStreams { get; set; }

    /// <summary>Consumers.</summary>
    public int MaxConsumers { get; set; }

    /// <summary>Messages not acknowledged of one consumer.</summary>
    public int MaxAckPending { get; set; }

    /// <summary>Bytes of one stream in memory.</summary>
    public long MemoryMaxStreamBytes { get; set; }

    /// <summary>Bytes of one stream in files.</summary>
    public long StorageMaxStreamBytes { get; set; }

    /// <summary>Whether every stream must have a limit.</summary>
    public bool MaxBytesRequired { get; set; }
}
