namespace NATS.Client.KeyValueStore;

/// <summary>The key has another revision than the one that was to be replaced.</summary>
public class NatsKVWrongLastRevisionException : NatsKVException
{
    /// <summary>The one that the <c>Try</c> methods return, so that they do not allocate.</summary>
    public static readonly NatsKVWrongLastRevisionException Default = new();

    /// <summary>Without more.</summary>
    public NatsKVWrongLastRevisionException()
        : base("Wrong last revision")
    {
    }
}
