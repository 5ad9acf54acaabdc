namespace NATS.Client.KeyValueStore;

/// <summary>Options of a <see cref="NatsKVContext"/>.</summary>
public record NatsKVOpts
{
    /// <summary>Reads a key with the direct get whose subject names it, so that permissions can restrict it. Default on.</summary>
    public bool UseDirectGetApiWithKeysInSubject { get; init; } = true;
}
