using HaNatsBridge.Contract.Identity;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>
/// A connection that ends with its TCP connection. After a reconnect the client sends what was buffered before it: a command that
/// was reported as failed would still be executed. So the client may not reconnect this one, and <see cref="ICommandLink"/> opens
/// a new one instead.
/// </summary>
public sealed class CommandConnection
{
    private readonly Lock _lock = new();
    private Task<ReplyInbox>? _commands;
    private Task<ReplyInbox>? _messages;

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

    /// <summary>The inbox for devices' replies on this connection, opened when it is needed for the first time.</summary>
    /// <exception cref="NatsException">It could not be opened.</exception>
    public Task<ReplyInbox> InboxAsync(CancellationToken cancellationToken) =>
        OpenAsync(ref _commands, ReplySubject.SidecarInbox, cancellationToken);

    /// <summary>The same for replies of other programs, which may publish there.</summary>
    /// <exception cref="NatsException">It could not be opened.</exception>
    public Task<ReplyInbox> MessageInboxAsync(CancellationToken cancellationToken) =>
        OpenAsync(ref _messages, ReplySubject.MessageInbox, cancellationToken);

    private Task<ReplyInbox> OpenAsync(ref Task<ReplyInbox>? inbox, string prefix, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (inbox is null or { IsFaulted: true } or { IsCanceled: true }
                || (inbox.IsCompletedSuccessfully && inbox.Result.IsDenied))
            {
                inbox = ReplyInbox.OpenAsync(this, prefix);
            }

            return inbox.WaitAsync(cancellationToken);
        }
    }
}
