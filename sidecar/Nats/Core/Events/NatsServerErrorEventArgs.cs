using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

public class NatsServerErrorEventArgs : NatsEventArgs
{
    public NatsServerErrorEventArgs(string error)
        : base($"Server error {error}")
    {
        Error = error;
        Kind = ServerErrors.KindOf(error);
    }

    /// <summary>The server's words, without quotes.</summary>
    public string Error { get; }

    public NatsServerErrorKind Kind { get; }
}
