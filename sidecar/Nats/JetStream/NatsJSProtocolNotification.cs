namespace NATS.Client.JetStream;

/// <summary>A status message that the client has no special treatment for.</summary>
/// <param name="Name">Name of the notification.</param>
/// <param name="HeaderCode">The status code.</param>
/// <param name="HeaderMessageText">The status text.</param>
public record NatsJSProtocolNotification(string Name, int HeaderCode, string HeaderMessageText) : INatsJSNotification;
