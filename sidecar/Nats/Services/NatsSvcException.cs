using NATS.Client.Core;

namespace NATS.Client.Services;

/// <summary>Something went wrong with a service.</summary>
public class NatsSvcException : NatsException
{
    /// <summary>With a message.</summary>
    public NatsSvcException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public NatsSvcException(string message, Exception exception)
        : base(message, exception)
    {
    }
}
