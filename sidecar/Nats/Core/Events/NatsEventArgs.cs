namespace NATS.Client.Core;

public class NatsEventArgs : EventArgs
{
    public NatsEventArgs(string message) => Message = message;

    /// <summary>For people; for connection events the server's host:port or the reason.</summary>
    public string Message { get; }
}
