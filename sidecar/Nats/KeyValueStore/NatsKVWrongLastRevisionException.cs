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

    /// <summary>With the revision that the server says the key has.</summary>
    internal NatsKVWrongLastRevisionException(ulong actual)
        : this() => Actual = actual;

    /// <summary>The key's revision by the server's words; 0 where they are not known.</summary>
    internal ulong Actual { get; }
}
