namespace NATS.Client.KeyValueStore;

/// <summary>Options of <see cref="INatsKVStore.PurgeDeletesAsync"/>.</summary>
public record NatsKVPurgeOpts
{
    /// <summary>With the usual threshold.</summary>
    public static readonly NatsKVPurgeOpts Default = new();

    /// <summary>Deletions younger than this keep their marker, so that watchers who were away see it. Zero for 30 minutes, negative for none.</summary>
    public TimeSpan DeleteMarkersThreshold { get; init; }
}
