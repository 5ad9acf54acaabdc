using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>What came back on a request.</summary>
/// <param name="Payload">The reply's bytes.</param>
/// <param name="HasStatus">Whether it has a status: then it is the server's, not the responder's own.</param>
/// <param name="HasNoResponders">Whether the server said that there is no subscriber.</param>
/// <param name="Denied">The permission that the server says the sidecar lacks, for people; null: none.</param>
/// <param name="Headers">The reply's headers; null: none.</param>
public readonly record struct InboxReply(
    byte[] Payload, bool HasStatus, bool HasNoResponders, string? Denied = null, NatsHeaders? Headers = null);

/// <summary>
/// The inbox of the requests on one connection for commands. The NATS client's own requests have reply subjects that one can guess
/// from another; here the last token is random, so that nobody who saw one request can answer another (docs/devices.md,
/// "Commands").
/// </summary>
public sealed class ReplyInbox
{
    private const string StatusHeader = "Status";

    /// <summary>Replies that wait to be read; each device has at most a few commands unanswered, and few others ask.</summary>
    private const int Capacity = 16_384;

    private readonly ConcurrentDictionary<Guid, Pending> _waiting = new();
    private readonly INatsConnection _nats;
    private readonly string _inbox;

    /// <summary>Referenced here because the client itself holds subscriptions weakly.</summary>
    private INatsSub<byte[]>? _subscription;
    private volatile DeniedSubject? _denied;

    private ReplyInbox(INatsConnection nats, string prefix)
    {
        (_nats, _inbox) = (nats, $"{prefix}.{Guid.NewGuid():N}");
        _nats.ServerError += OnServerErrorAsync;
    }

    /// <summary>Whether the server does not let the sidecar subscribe here: then another inbox is needed, which it may allow by then.</summary>
    public bool IsDenied => _denied is not null;

    /// <summary>Subscribes for as long as the connection lasts.</summary>
    internal static async Task<ReplyInbox> OpenAsync(CommandConnection connection, string prefix)
    {
        var inbox = new ReplyInbox(connection.Nats, prefix);
        var options = new NatsSubOpts { ChannelOpts = new NatsSubChannelOpts { Capacity = Capacity } };

        // The token of a subscription ends it: no command's may be given here.
        inbox._subscription = await connection.Nats.SubscribeCoreAsync(
            $"{inbox._inbox}.*", serializer: NatsRawSerializer<byte[]>.Default, opts: options, cancellationToken: connection.Lost);
        _ = inbox.ReadAsync(inbox._subscription);
        return inbox;
    }

    /// <summary>Publishes a request and waits for the first reply; what ends the wait is the token.</summary>
    /// <param name="subject">Where to.</param>
    /// <param name="payload">What.</param>
    /// <param name="published">Called as soon as it is published.</param>
    /// <param name="headers">With which headers; null: none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NatsException">It could not be published.</exception>
    public async ValueTask<InboxReply> AskAsync(
        string subject, ReadOnlyMemory<byte> payload, Action published, NatsHeaders? headers = null,
        CancellationToken cancellationToken = default)
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
                subject, payload, headers, replyTo: $"{_inbox}.{id:N}",
                serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken: cancellationToken);
            published();
            return await pending.Reply.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    /// <summary>
    /// Publishes a message that nobody answers, and waits until the server has read it. Returns the permission that is missing, if
    /// the server has said so by then; null: none.
    /// </summary>
    /// <param name="subject">Where to.</param>
    /// <param name="payload">What.</param>
    /// <param name="headers">With which headers; null: none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NatsException">It could not be published.</exception>
    public async ValueTask<string?> PublishAsync(
        string subject, ReadOnlyMemory<byte> payload, NatsHeaders? headers, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid();
        var pending = _waiting[id] = new Pending(subject);
        try
        {
            await _nats.PublishAsync(
                subject, payload, headers, serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
                cancellationToken: cancellationToken);
            await _nats.PingAsync(cancellationToken);
            return pending.Reply.Task.IsCompletedSuccessfully ? pending.Reply.Task.Result.Denied : null;
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

    private static InboxReply Read(in NatsMsg<byte[]> message)
    {
        var hasStatus = message.Error is not null
            || message.Headers is { } headers && (headers.Code != 0 || headers.ContainsKey(StatusHeader));
        return new InboxReply(message.Data ?? [], hasStatus, message.HasNoResponders, Headers: message.Headers);
    }

    /// <summary>A denied publish is not answered on a reply subject: only the server's error tells.</summary>
    private ValueTask OnServerErrorAsync(object? sender, NatsServerErrorEventArgs arguments)
    {
        if (arguments.Kind == NatsServerErrorKind.PermissionsViolation && DeniedSubject.Read(arguments.Error) is { } denied)
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

    /// <summary>A request without a reply yet.</summary>
    private sealed class Pending(string subject)
    {
        public string Subject { get; } = subject;

        /// <summary>Continued elsewhere: whatever a command does after its reply must not hold up the replies to others.</summary>
        public TaskCompletionSource<InboxReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Deny(DeniedSubject denied) => Reply.TrySetResult(new InboxReply([], HasStatus: false, HasNoResponders: false, denied.ToString()));
    }
}

/// <summary>A subject for which the server says that the sidecar lacks the permission.</summary>
/// <param name="Subject">Which subject.</param>
/// <param name="IsPublish">Whether it may not be published on; else it may not be subscribed to.</param>
public sealed record DeniedSubject(string Subject, bool IsPublish)
{
    private const string Publish = "for Publish to \"";
    private const string Subscribe = "for Subscription to \"";

    /// <summary>
    /// Reads the server's <c>Permissions Violation for Publish to "home.devices.climate.hall.set"</c>; null: another error.
    /// </summary>
    public static DeniedSubject? Read(string error)
    {
        foreach (var (marker, isPublish) in (ReadOnlySpan<(string, bool)>)[(Publish, true), (Subscribe, false)])
        {
            var start = error.IndexOf(marker, StringComparison.OrdinalIgnoreCase);
            if (start >= 0 && error.IndexOf('"', start + marker.Length) is var end and > 0)
            {
                return new DeniedSubject(error[(start + marker.Length)..end], isPublish);
            }
        }

        return null;
    }

    /// <summary>For people: <c>publish on home.devices.climate.hall.set</c>.</summary>
    public override string ToString() => $"{(IsPublish ? "publish on" : "subscribe to")} {Subject}";
}
