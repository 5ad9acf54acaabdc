namespace NATS.Client.Core;

/// <summary>The connection has given up for good.</summary>
public sealed class NatsConnectionFailedException : NatsException
{
    public NatsConnectionFailedException(string message)
        : base(message)
    {
    }

    internal NatsConnectionFailedException(string message, Exception exception)
        : base(message, exception)
    {
    }
}
