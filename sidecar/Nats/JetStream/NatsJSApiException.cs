using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>The server refused a request of the JetStream API, or to store a message.</summary>
public class NatsJSApiException : NatsJSException
{
    /// <summary>With the server's error.</summary>
    public NatsJSApiException(ApiError error)
        : base((error ?? throw new ArgumentNullException(nameof(error))).Description ?? $"JetStream error {error.Code}")
    {
        Error = error;
    }

    /// <summary>The server's error; programs look at <see cref="ApiError.ErrCode"/>.</summary>
    public ApiError Error { get; }
}
