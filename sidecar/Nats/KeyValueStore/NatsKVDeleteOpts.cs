namespace NATS.Client.KeyValueStore;

/// <summary>Options of a deletion.</summary>
public record NatsKVDeleteOpts
{
    /// <summary>Also removes the key's history.</summary>
    public bool Purge { get; init; }

    /// <summary>Only when the key has this revision; 0 for any.</summary>
    public ulong Revision { get; init; }
}
