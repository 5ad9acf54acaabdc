namespace NATS.Client.KeyValueStore;

/// <summary>The key exists already.</summary>
public class NatsKVCreateException : NatsKVException
{
    /// <summary>The one that <c>TryCreateAsync</c> returns, so that it does not allocate.</summary>
    public static readonly NatsKVCreateException Default = new();

    /// <summary>Without more.</summary>
    public NatsKVCreateException()
        : base("Can't create entry")
    {
    }
}
