using NATS.Client.Core;

namespace NATS.Client.JetStream;

/// <summary>Nobody answered a request of the JetStream API in time, or JetStream is not there.</summary>
public class NatsJSApiNoResponseException : NatsJSException
{
    /// <summary>Without a reason.</summary>
    public NatsJSApiNoResponseException()
        : base("No API response received from the server")
    {
    }

    /// <summary>With the reason for which waiting ended.</summary>
    public NatsJSApiNoResponseException(NatsSubEndReason reason)
        : base($"No API response received from the server: {reason}")
    {
        Reason = reason;
    }

    /// <summary>Why waiting ended.</summary>
    public NatsSubEndReason Reason { get; }
}
