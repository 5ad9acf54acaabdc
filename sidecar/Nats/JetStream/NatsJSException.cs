using NATS.Client.Core;

namespace NATS.Client.JetStream;

/// <summary>Something went wrong with JetStream.</summary>
public class NatsJSException : NatsException
{
    /// <summary>With a message.</summary>
    public NatsJSException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public NatsJSException(string message, Exception exception)
        : base(message, exception)
    {
    }
}
