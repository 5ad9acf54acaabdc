using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>
/// A connection that ends with its TCP connection. After a reconnect the client sends what was buffered before it: a command that
/// was reported as failed would still be executed. So the client may not reconnect this one, and <see cref="ICommandLink"/> opens
/// a new one instead.
/// </summary>
public sealed class CommandConnection
{
    internal CommandConnection(INatsConnection nats, CancellationToken lost)
    {
        Nats = nats;
        Lost = lost;
    }

    /// <summary>The client.</summary>
    public INatsConnection Nats { get; }

    /// <summary>Cancelled when it is lost: no reply arrives any more.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Whether it is lost. It may be so a moment before <see cref="Lost"/> is cancelled.</summary>
    public bool IsLost => Lost.IsCancellationRequested || Nats.ConnectionState != NatsConnectionState.Open;
}
