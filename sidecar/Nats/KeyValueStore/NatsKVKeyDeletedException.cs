namespace NATS.Client.KeyValueStore;

/// <summary>The key was deleted or purged.</summary>
public class NatsKVKeyDeletedException : NatsKVException
{
    /// <summary>With the revision of the deletion.</summary>
    public NatsKVKeyDeletedException(ulong revision)
        : base("Key was deleted")
    {
        Revision = revision;
    }

    /// <summary>The revision of the deletion.</summary>
    public ulong Revision { get; }
}
