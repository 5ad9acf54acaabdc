namespace NATS.Client.Core;

/// <summary>No reply came within the request's time; the responder may still have acted.</summary>
public sealed class NatsNoReplyException : NatsException
{
    public NatsNoReplyException()
        : base("No reply received")
    {
    }
}
