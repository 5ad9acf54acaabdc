using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>
/// The inbox of all commands. The connection's own requests would hand each reply to the thread pool; here the thread that read it brings it to the person who waits, which on a
/// small machine is a third of the time. Late and foreign replies find nobody.
/// </summary>
internal sealed class ReplySub(INatsConnection connection, string inbox)
    : NatsSubBase(connection, connection.SubscriptionManager, inbox + ".*", queueGroup: null, opts: null)
{
    private const int NoResponders = 503;
    private const string StatusHeader = "Status";

    private readonly ConcurrentDictionary<Guid, PendingReply> _waiting = new();
    private volatile DeniedPermission? _denied;

    /// <summary>The wait for the reply to a new command on this subject; <see cref="Forget"/> must follow.</summary>
    public PendingReply Expect(string on, out Guid id, out string replyTo)
    {
        // Random: whoever saw one command cannot answer another (contract.md, "Command").
        id = Guid.NewGuid();
        replyTo = string.Create(CultureInfo.InvariantCulture, $"{inbox}.{id:N}");
        var pending = _waiting[id] = new PendingReply(on);
        if (_denied is { } denied)
        {
            pending.Deny(denied);
        }

        return pending;
    }

    /// <summary>Whether the server lets no reply through: another subscription is needed, which it may take by then.</summary>
    public bool IsDenied => _denied is not null;

    /// <summary>Ends the waits that a violation concerns: of the commands on that subject, or, where it is the inbox, of all.</summary>
    public void Deny(DeniedPermission denied)
    {
        if (!denied.IsPublish && denied.Subject == Subject)
        {
            // Whoever comes to wait now would wait in vain: the server says it once.
            _denied = denied;
        }

        foreach (var (_, waiting) in _waiting)
        {
            if (denied.Subject == (denied.IsPublish ? waiting.Subject : Subject))
            {
                waiting.Deny(denied);
            }
        }
    }

    public void Forget(Guid id) => _waiting.TryRemove(id, out _);

    protected override ValueTask ReceiveInternalAsync(
        string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        if (Guid.TryParseExact(subject.AsSpan(inbox.Length + 1), "N", out var id)
            && _waiting.TryRemove(id, out var waiting))
        {
            var (hasStatus, code) = headersBuffer is { } headers ? Read(headers) : default;
            waiting.Complete(new DeviceReply(payloadBuffer.ToArray(), hasStatus, code == NoResponders && payloadBuffer.IsEmpty));
        }

        return ValueTask.CompletedTask;
    }

    protected override void TryComplete()
    {
        // Whoever waits still has a deadline, and a lost link ends the wait before it.
    }

    private (bool HasStatus, int Code) Read(in ReadOnlySequence<byte> block)
    {
        var headers = new NatsHeaders();
        try
        {
            Connection.HeaderParser.ParseHeaders(new SequenceReader<byte>(block), headers);
        }
        catch (NatsException)
        {
            // Headers that cannot be read are not the empty ones of a plain answer, and no reason to hear no other device any more.
            return (true, 0);
        }

        return (headers.Code != 0 || headers.ContainsKey(StatusHeader), headers.Code);
    }
}
