using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace NATS.Client.Core.Internal;

/// <summary>
/// The one inbox of all requests of a connection, <c>{prefix}.{nuid}.*</c>: replies find their request by the last token, so a request needs no subscription of its own.
/// Late and foreign replies find nobody and are dropped.
/// </summary>
internal sealed class ReplyInbox : NatsSubBase
{
    private readonly ConcurrentDictionary<long, ReplySlot> _slots = new();
    private readonly string _prefix;
    private readonly byte[] _prefixBytes;
    private long _lastId;

    private ReplyInbox(NatsConnection connection, INatsSubscriptionManager manager, string prefix)
        : base(connection, manager, prefix + "*", queueGroup: null, opts: null)
    {
        _prefix = prefix;
        _prefixBytes = connection.Opts.SubjectEncoding.GetBytes(prefix);
    }

    /// <summary>Ended: denied by the server, or the connection was disposed. Requests need a new inbox.</summary>
    public bool IsEnded { get; private set; }

    public static ReplyInbox Create(NatsConnection connection, INatsSubscriptionManager manager) =>
        new(connection, manager, $"{connection.Opts.InboxPrefix}.{Nuid.NewNuid()}.");

    /// <summary>The reply subject of a new request.</summary>
    public string Add(ReplySlot slot)
    {
        slot.Id = Interlocked.Increment(ref _lastId);
        _slots[slot.Id] = slot;
        Span<char> digits = stackalloc char[20];
        slot.Id.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        return slot.ReplyTo = string.Concat(_prefix, digits[..length]);
    }

    public void Remove(ReplySlot slot) => _slots.TryRemove(slot.Id, out _);

    /// <summary>Requests whose subject the server refused fail at once instead of timing out.</summary>
    public void FailDenied(string error)
    {
        foreach (var (_, slot) in _slots)
        {
            if (error.Contains($"\"{slot.Subject}\"", StringComparison.Ordinal))
            {
                slot.Fail(new NatsServerException(error));
            }
        }
    }

    /// <summary>The fast way of the read loop: the last token as a number, no strings.</summary>
    public bool TryReceive(ReadOnlySpan<byte> subject, string? replyTo, in ReadOnlySequence<byte>? headers, in ReadOnlySequence<byte> payload)
    {
        if (!TryReadId(subject, out var id) || !_slots.TryRemove(id, out var slot))
        {
            return false;
        }

        slot.Receive(replyTo, headers, payload);
        return true;
    }

    /// <summary>Whether a reply there would find nobody any more, though a request was made for it; false for the subjects of others.</summary>
    public bool IsGivenUp(ReadOnlySpan<byte> replyTo) =>
        replyTo.StartsWith(_prefixBytes) && TryReadId(replyTo, out var id) && (!_slots.TryGetValue(id, out var slot) || slot.IsDone);

    protected override ValueTask ReceiveInternalAsync(
        string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        TryReceive(Encoding.ASCII.GetBytes(subject), replyTo, headersBuffer, payloadBuffer);
        return ValueTask.CompletedTask;
    }

    private bool TryReadId(ReadOnlySpan<byte> subject, out long id)
    {
        id = 0;
        return subject.Length > _prefixBytes.Length && Utf8Parser.TryParse(subject[_prefixBytes.Length..], out id, out var used) && used == subject.Length - _prefixBytes.Length;
    }

    protected override void TryComplete()
    {
        IsEnded = true;
        var reason = Exception ?? new NatsException("The connection was closed before the reply came");
        foreach (var (_, slot) in _slots)
        {
            slot.Fail(reason);
        }
    }
}
