namespace NATS.Client.JetStream;

/// <summary>
/// No stream acknowledged a message: none listens on the subject, or its server did not answer in time. In the second case the
/// message may have been stored; publishing again with the same <see cref="NatsJSPubOpts.MsgId"/> is safe.
/// </summary>
public class NatsJSPublishNoResponseException : NatsJSException
{
    /// <summary>The one that <c>TryPublishAsync</c> returns, so that it does not allocate.</summary>
    public static readonly NatsJSPublishNoResponseException Default = new();

    /// <summary>Without more.</summary>
    public NatsJSPublishNoResponseException()
        : base("No response received from the server")
    {
    }
}
