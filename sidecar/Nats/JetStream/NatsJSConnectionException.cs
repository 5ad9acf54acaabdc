namespace NATS.Client.JetStream;

/// <summary>The connection is gone for good.</summary>
public class NatsJSConnectionException : NatsJSException
{
    /// <summary>With the reason.</summary>
    public NatsJSConnectionException(string reason)
        : base($"Connection error: {reason}")
    {
        Reason = reason;
    }

    /// <summary>Why.</summary>
    public string Reason { get; }
}
