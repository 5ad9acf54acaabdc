namespace NATS.Client.JetStream;

/// <summary>Something took too long.</summary>
public class NatsJSTimeoutException : NatsJSException
{
    /// <summary>With the name of what took too long.</summary>
    public NatsJSTimeoutException(string type)
        : base($"{type} timed out")
    {
        Type = type;
    }

    /// <summary>What took too long.</summary>
    public string Type { get; }
}
