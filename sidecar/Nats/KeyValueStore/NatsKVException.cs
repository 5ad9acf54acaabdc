using NATS.Client.JetStream;

namespace NATS.Client.KeyValueStore;

/// <summary>Something went wrong with a bucket, or a key or configuration cannot be.</summary>
public class NatsKVException : NatsJSException
{
    /// <summary>With a message.</summary>
    public NatsKVException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public NatsKVException(string message, Exception exception)
        : base(message, exception)
    {
    }
}
