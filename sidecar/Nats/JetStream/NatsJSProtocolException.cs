using NATS.Client.Core;

namespace NATS.Client.JetStream;

/// <summary>The server ended a pull for good: the consumer is gone, pushes, or the request is wrong.</summary>
public class NatsJSProtocolException : NatsJSException
{
    /// <summary>With the status of the server's message.</summary>
    public NatsJSProtocolException(int headerCode, NatsHeaders.Messages headerMessage, string headerMessageText)
        : base($"JetStream server error: {headerCode} {headerMessageText}")
    {
        HeaderCode = headerCode;
        HeaderMessage = headerMessage;
        HeaderMessageText = headerMessageText;
    }

    /// <summary>The status code, like HTTP's.</summary>
    public int HeaderCode { get; }

    /// <summary>The status text, if it is a known one.</summary>
    public NatsHeaders.Messages HeaderMessage { get; }

    /// <summary>The status text.</summary>
    public string HeaderMessageText { get; }
}
