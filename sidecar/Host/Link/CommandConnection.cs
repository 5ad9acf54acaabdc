using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>
/// A connection that ends with its TCP connection. The client sends what it had buffered when a connection died on the next one: a command whose caller was told that it failed would be
/// carried out later. So the client may not reconnect this one, and a new one is made instead.
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

    /// <summary>Cancelled when it is lost: no answer comes any more.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Whether it is lost, also a moment before <see cref="Lost"/> says so.</summary>
    public bool IsLost => Lost.IsCancellationRequested || Nats.ConnectionState != NatsConnectionState.Open;
}
