using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>Asks a device and waits for its first reply.</summary>
internal sealed class DeviceLine(IHomeStorage storage) : IDisposable
{
    private readonly SemaphoreSlim _opening = new(1);
    private volatile ReplySub? _replies;

    /// <summary>Sends and waits; what ends the wait is the token.</summary>
    /// <exception cref="NatsException">It could not be sent.</exception>
    public async ValueTask<DeviceReply> AskAsync(string subject, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var replies = _replies is { EndReason: NatsSubEndReason.None } open ? open : await OpenAsync(cancellationToken);
        var reply = replies.Expect(subject, out var id, out var replyTo);
        try
        {
            await using var cancelled = cancellationToken.UnsafeRegister(static (state, token) => ((PendingReply)state!).Cancel(token), reply);
            await storage.JetStream.Connection.PublishAsync(
                subject, payload, replyTo: replyTo, serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken: cancellationToken);
            return await reply.Task;
        }
        finally
        {
            replies.Forget(id);
        }
    }

    public void Dispose()
    {
        if (_replies is not null)
        {
            storage.JetStream.Connection.ServerError -= OnServerError;
        }

        _opening.Dispose();
    }

    private ValueTask OnServerError(object? sender, NatsServerErrorEventArgs arguments)
    {
        if (arguments.Kind == NatsServerErrorKind.PermissionsViolation && DeniedPermission.Read(arguments.Error) is { } denied)
        {
            _replies?.Deny(denied);
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask<ReplySub> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_replies is { EndReason: NatsSubEndReason.None } open)
            {
                return open;
            }

            var connection = storage.JetStream.Connection;
            if (_replies is null)
            {
                connection.ServerError += OnServerError;
            }

            var replies = new ReplySub(connection, connection.NewInbox());
            await connection.AddSubAsync(replies, cancellationToken);
            return _replies = replies;
        }
        finally
        {
            _opening.Release();
        }
    }
}
