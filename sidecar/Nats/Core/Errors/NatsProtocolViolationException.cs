namespace NATS.Client.Core;

/// <summary>The server sent what is not NATS; the connection is closed and made anew.</summary>
public sealed class NatsProtocolViolationException : NatsException
{
    public NatsProtocolViolationException(string message)
        : base(message)
    {
    }
}
