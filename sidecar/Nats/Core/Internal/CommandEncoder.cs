using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace NATS.Client.Core.Internal;

/// <summary>Client commands as bytes (docs.nats.io, "Client Protocol"). The caller has checked the texts and made room by <see cref="PublishSize"/> and friends.</summary>
internal static class CommandEncoder
{
    private const int LongestNumber = 20;

    public static ReadOnlySpan<byte> Ping => "PING\r\n"u8;

    public static ReadOnlySpan<byte> Pong => "PONG\r\n"u8;

    /// <summary>An upper bound of the bytes of a publish.</summary>
    public static int PublishSize(string subject, string? replyTo, int bodyLength) =>
        (subject.Length * 3) + ((replyTo?.Length ?? 0) * 3) + bodyLength + (2 * LongestNumber) + 16;

    /// <summary>PUB or, with header bytes, HPUB; returns the bytes written.</summary>
    public static int Publish(Span<byte> to, Encoding encoding, string subject, string? replyTo, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        var at = Put(to, headers.Length > 0 ? "HPUB "u8 : "PUB "u8);
        at += PutText(to[at..], encoding, subject);
        to[at++] = (byte)' ';
        if (replyTo is not null)
        {
            at += PutText(to[at..], encoding, replyTo);
            to[at++] = (byte)' ';
        }

        if (headers.Length > 0)
        {
            at += PutNumber(to[at..], headers.Length);
            to[at++] = (byte)' ';
        }

        at += PutNumber(to[at..], headers.Length + payload.Length);
        to[at++] = (byte)'\r';
        to[at++] = (byte)'\n';
        at += Put(to[at..], headers);
        at += Put(to[at..], payload);
        to[at++] = (byte)'\r';
        to[at++] = (byte)'\n';
        return at;
    }

    public static byte[] Subscribe(Encoding encoding, int sid, string subject, string? queueGroup, int? maxMsgs)
    {
        var id = sid.ToString(CultureInfo.InvariantCulture);
        var line = queueGroup is null ? $"SUB {subject} {id}\r\n" : $"SUB {subject} {queueGroup} {id}\r\n";
        return encoding.GetBytes(maxMsgs is > 0 ? line + UnsubscribeLine(id, maxMsgs) : line);
    }

    public static byte[] Unsubscribe(int sid, int? maxMsgs = null) => Encoding.ASCII.GetBytes(UnsubscribeLine(sid.ToString(CultureInfo.InvariantCulture), maxMsgs));

    private static string UnsubscribeLine(string sid, int? maxMsgs) =>
        maxMsgs is { } max ? string.Create(CultureInfo.InvariantCulture, $"UNSUB {sid} {max}\r\n") : $"UNSUB {sid}\r\n";

    private static int Put(Span<byte> to, ReadOnlySpan<byte> word)
    {
        word.CopyTo(to);
        return word.Length;
    }

    private static int PutText(Span<byte> to, Encoding encoding, string text) =>
        Ascii.FromUtf16(text, to, out var written) == System.Buffers.OperationStatus.Done ? written : encoding.GetBytes(text, to);

    private static int PutNumber(Span<byte> to, int number)
    {
        Utf8Formatter.TryFormat(number, to, out var written);
        return written;
    }
}
