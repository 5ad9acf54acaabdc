using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>Publishes a command and waits for its first reply.</summary>
internal sealed class DeviceLine : IDisposable
{
    private readonly SemaphoreSlim _opening = new(1);
    private volatile Replies? _replies;

    /// <summary>Publishes and waits; what ends the wait is the token.</summary>
    /// <exception cref="NatsException">It could not be published.</exception>
    public async ValueTask<DeviceReply> AskAsync(CommandConnection connection, string subject, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var replies = _replies is { } open && open.Serves(connection) ? open.Subscription : await OpenAsync(connection, cancellationToken);
        var reply = replies.Expect(subject, out var id, out var replyTo);
        try
        {
            await using var cancelled = cancellationToken.UnsafeRegister(static (state, token) => ((PendingReply)state!).Cancel(token), reply);
            await connection.Nats.PublishAsync(
                subject, payload, replyTo: replyTo, serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken: cancellationToken);
            return await reply.Task;
        }
        finally
        {
            replies.Forget(id);
        }
    }

    public void Dispose() => _opening.Dispose();

    private async ValueTask<ReplySub> OpenAsync(CommandConnection connection, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_replies is { } open && open.Serves(connection))
            {
                return open.Subscription;
            }

            // Not below the connection's own inbox: what is there goes to the client's requests, which know no wildcard.
            var subscription = new ReplySub(connection.Nats, $"{ReplySubject.SidecarInbox}.{Guid.NewGuid():N}");
            connection.Nats.ServerError += (_, arguments) =>
            {
                if (arguments.Kind == NatsServerErrorKind.PermissionsViolation && DeniedPermission.Read(arguments.Error) is { } denied)
                {
                    subscription.Deny(denied);
                }

                return ValueTask.CompletedTask;
            };
            await connection.Nats.AddSubAsync(subscription, cancellationToken);
            _replies = new Replies(connection, subscription);
            return subscription;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>The subscription must be referenced for as long as the connection is used: the client itself holds it weakly.</summary>
    private sealed record Replies(CommandConnection Connection, ReplySub Subscription)
    {
        public bool Serves(CommandConnection connection) => Connection == connection && !Subscription.IsDenied;
    }
}
