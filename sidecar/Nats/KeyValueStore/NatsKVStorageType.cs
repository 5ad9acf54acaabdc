namespace NATS.Client.KeyValueStore;

/// <summary>Where a bucket is kept.</summary>
public enum NatsKVStorageType
{
    /// <summary>In files.</summary>
    File = 0,

    /// <summary>In memory.</summary>
    Memory = 1,
}
