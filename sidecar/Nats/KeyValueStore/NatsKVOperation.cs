namespace NATS.Client.KeyValueStore;

/// <summary>What made an entry.</summary>
public enum NatsKVOperation
{
    /// <summary>A value was put.</summary>
    Put,

    /// <summary>The key was deleted; its history stays.</summary>
    Del,

    /// <summary>The key was purged with its history, or removed by an age limit.</summary>
    Purge,
}
