namespace NATS.Client.KeyValueStore;

/// <summary>There is no such key, or it has no such revision.</summary>
public class NatsKVKeyNotFoundException : NatsKVException
{
    /// <summary>The one that <c>TryGetEntryAsync</c> returns, so that it does not allocate.</summary>
    public static readonly NatsKVKeyNotFoundException Default = new();

    /// <summary>Without more.</summary>
    public NatsKVKeyNotFoundException()
        : base("Key not found")
    {
    }
}
