namespace NATS.Client.Core;

/// <summary>The headers of a received message break the rules of ADR-4.</summary>
public sealed class NatsHeaderParseException : NatsException
{
    public NatsHeaderParseException(string message)
        : base(message)
    {
    }
}
