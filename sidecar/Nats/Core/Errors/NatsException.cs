namespace NATS.Client.Core;

/// <summary>The root of everything that goes wrong with NATS.</summary>
public class NatsException : Exception
{
    public NatsException(string message)
        : base(message)
    {
    }

    public NatsException(string message, Exception exception)
        : base(message, exception)
    {
    }
}
