namespace NATS.Client.Core;

/// <summary>Headers and payload exceed the server's max_payload; nothing was sent.</summary>
public sealed class NatsPayloadTooLargeException : NatsException
{
    public NatsPayloadTooLargeException(string error)
        : base(error)
    {
    }
}
