namespace NATS.Client.Services;

/// <summary>Thrown by a handler: the requester gets this code, message and body.</summary>
public class NatsSvcEndpointException : NatsSvcException
{
    /// <summary>With what the requester gets.</summary>
    public NatsSvcEndpointException(int code, string message, string body = "", Exception? innerException = null)
        : base(message, innerException!)
    {
        Code = code;
        Body = body;
    }

    /// <summary>The error's code, like HTTP's.</summary>
    public int Code { get; }

    /// <summary>The reply's payload.</summary>
    public string Body { get; }
}
