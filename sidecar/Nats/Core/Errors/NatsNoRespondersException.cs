namespace NATS.Client.Core;

/// <summary>Nobody listens on the request's subject (status 503); the request reached no one.</summary>
public sealed class NatsNoRespondersException : NatsException
{
    public NatsNoRespondersException()
        : base("No responders")
    {
    }
}
