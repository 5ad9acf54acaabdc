using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>What came back on a command.</summary>
/// <param name="Payload">The reply's bytes.</param>
/// <param name="HasStatus">Whether it has a status: then it is the server's, not the device's own.</param>
/// <param name="HasNoResponders">Whether the server said that there is no subscriber.</param>
/// <param name="Denied">The permission that the server says the sidecar lacks, for people; null: none.</param>
internal readonly record struct DeviceReply(byte[] Payload, bool HasStatus, bool HasNoResponders, string? Denied = null);

/// <summary>
/// The inbox of the commands on one connection. The client's own requests have reply subjects that one can guess from another; here the last token is random, so
/// that nobody who saw one command can answer another (docs/devices.md, "Commands").
/// </summary>
internal sealed class ReplyInbox
{
    private const string StatusHeader = "Status";

    /// <summary>Replies that wait to be read; each device has at most a few commands unanswered.</summary>
    private const int Capacity = 16_384;

    private readonly ConcurrentDictionary<Guid, Pending> _waiting = new();
    private readonly INatsConnection _nats;
    private readonly string _inbox = $"{ReplySubject.SidecarInbox}.{Guid.NewGuid():N}";

    /// <summary>Referenced here because the client itself holds subscriptions weakly.</summary>
    private INatsSub<byte[]>? _subscription;
    private volatile DeniedPermission? _denied;

    private ReplyInbox(CommandConnection connection)
    {
        Connection = connection;
        _nats = connection.Nats;
        _nats.ServerError += OnServerErrorAsync;
    }

    /// <summary>The connection whose replies come here.</summary>
    public CommandConnection Connection { get; }

    /// <summary>Whether the server does not let the sidecar subscribe here: then another inbox is needed, which it may allow by then.</summary>
    public bool IsDenied => _denied is not null;

    /// <summary>Subscribes for as long as the connection lasts.</summary>
    public static async Task<ReplyInbox> OpenAsync(CommandConnection connection)
    {
        var inbox = new ReplyInbox(connection);
        var options = new NatsSubOpts { ChannelOpts = new NatsSubChannelOpts { Capacity = Capacity } };

        // The token of a subscription ends it: no command's may be given here.
        inbox._subscription = await connection.Nats.SubscribeCoreAsync(
            $"{inbox._inbox}.*", serializer: NatsRawSerializer<byte[]>.Default, opts: options, cancellationToken: connection.Lost);
        _ = inbox.ReadAsync(inbox._subscription);
        return inbox;
    }

    /// <summary>Publishes a command and waits for the first reply; what ends the wait is the token.</summary>
    /// <exception cref="NatsException">It could not be published.</exception>
    public async ValueTask<DeviceReply> AskAsync(string subject, ReadOnlyMemory<byte> payload, Action published, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid();
        var pending = _waiting[id] = new Pending(subject);
        try
        {
            if (_denied is { } denied)
            {
                pending.Deny(denied);
            }

            await _nats.PublishAsync(
                subject, payload, replyTo: $"{_inbox}.{id:N}", serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
                cancellationToken: cancellationToken);
            published();
            return await pending.Reply.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    private async Task ReadAsync(INatsSub<byte[]> subscription)
    {
        await foreach (var message in subscription.Msgs.ReadAllAsync(CancellationToken.None))
        {
            if (Guid.TryParseExact(message.Subject.AsSpan(_inbox.Length + 1), "N", out var id) && _waiting.TryRemove(id, out var waiting))
            {
                waiting.Reply.TrySetResult(Read(message));
            }
        }
    }

    private static DeviceReply Read(in NatsMsg<byte[]> message)
    {
        var hasStatus = message.Error is not null
            || message.Headers is { } headers && (headers.Code != 0 || headers.ContainsKey(StatusHeader));
        return new DeviceReply(message.Data ?? [], hasStatus, message.HasNoResponders);
    }

    /// <summary>A denied publish is not answered on a reply subject: only the server's error tells.</summary>
    private ValueTask OnServerErrorAsync(object? sender, NatsServerErrorEventArgs arguments)
    {
        if (arguments.Kind == NatsServerErrorKind.PermissionsViolation && DeniedPermission.Read(arguments.Error) is { } denied)
        {
            if (!denied.IsPublish && denied.Subject == $"{_inbox}.*")
            {
                // The server says it once; later commands would wait in vain.
                _denied = denied;
            }

            foreach (var (_, pending) in _waiting)
            {
                if (denied.Subject == (denied.IsPublish ? pending.Subject : $"{_inbox}.*"))
                {
                    pending.Deny(denied);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>A command without a reply yet.</summary>
    /// <param name="subject">What it was published on.</param>
    private sealed class Pending(string subject)
    {
        public string Subject { get; } = subject;

        /// <summary>Continued elsewhere: whatever a command does after its reply must not hold up the replies to others.</summary>
        public TaskCompletionSource<DeviceReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Deny(DeniedPermission denied) => Reply.TrySetResult(new DeviceReply([], HasStatus: false, HasNoResponders: false, denied.ToString()));
    }
}

/// <summary>A permission that the server says the sidecar lacks.</summary>
/// <param name="Subject">Which subject.</param>
/// <param name="IsPublish">Whether it may not be published on; else it may not be subscribed to.</param>
internal sealed record DeniedPermission(string Subject, bool IsPublish)
{
    private const string Publish = "for Publish to \"";
    private const string Subscribe = "for Subscription to \"";

    /// <summary>Reads the server's <c>Permissions Violation for Publish to "home.devices.climate.hall.set"</c>; null when the error is another.</summary>
    public static DeniedPermission? Read(string error)
    {
        foreach (var (marker, isPublish) in (ReadOnlySpan<(string, bool)>)[(Publish, true), (Subscribe, false)])
        {
            var start = error.IndexOf(marker, StringComparison.OrdinalIgnoreCase);
            if (start >= 0 && error.IndexOf('"', start + marker.Length) is var end and > 0)
            {
                return new DeniedPermission(error[(start + marker.Length)..end], isPublish);
            }
        }

        return null;
    }

    /// <summary>For people: <c>publish on home.devices.climate.hall.set</c>.</summary>
    public override string ToString() => $"{(IsPublish ? "publish on" : "subscribe to")} {Subject}";
}
