using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace NATS.Client.JetStream.Internal;

/// <summary>A status message that the server sends to the inbox of a pull (ADR-13, ADR-37).</summary>
/// <param name="Code">100 heartbeat, 404 no messages, 408 expired, 409 for many reasons, 503 nobody serves the consumer.</param>
/// <param name="Text">Says which reason.</param>
/// <param name="Inbox">The inbox it came to, which tells the pull.</param>
/// <param name="PendingMessages">Messages of the pull that will not come any more; -1 when not said.</param>
/// <param name="PendingBytes">Bytes of the pull that will not come any more; -1 when not said.</param>
/// <param name="LastConsumerSequence">Of a heartbeat: what the consumer delivered last; -1 when not said.</param>
internal sealed record PullStatus(int Code, string Text, string Inbox, long PendingMessages, long PendingBytes, long LastConsumerSequence)
{
    private const int CodeStart = 9;

    /// <summary>Whether headers begin with a status ("NATS/1.0 408 …") and are not just headers ("NATS/1.0\r\n").</summary>
    internal static bool IsStatus(in ReadOnlySequence<byte> headers)
    {
        Span<byte> start = stackalloc byte[CodeStart + 3];
        if (headers.Length < start.Length)
        {
            return false;
        }

        headers.Slice(0, start.Length).CopyTo(start);
        return start.StartsWith("NATS/1.0 "u8) && !start[CodeStart..].ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    internal static PullStatus Parse(string inbox, in ReadOnlySequence<byte> headers)
    {
        ReadOnlySpan<byte> rest = headers.IsSingleSegment ? headers.FirstSpan : headers.ToArray();
        var line = TakeLine(ref rest);
        if (!Utf8Parser.TryParse(line[CodeStart..], out int code, out var used))
        {
            code = used = 0;
        }

        var text = Encoding.ASCII.GetString(line[(CodeStart + used)..]).Trim();
        long messages = -1, bytes = -1, lastConsumer = -1;
        while (rest.Length > 0)
        {
            line = TakeLine(ref rest);
            if (TryNumber(line, "Nats-Pending-Messages:"u8, out var value))
            {
                messages = value;
            }
            else if (TryNumber(line, "Nats-Pending-Bytes:"u8, out value))
            {
                bytes = value;
            }
            else if (TryNumber(line, "Nats-Last-Consumer:"u8, out value))
            {
                lastConsumer = value;
            }
        }

        return new PullStatus(code, text, inbox, messages, bytes, lastConsumer);
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf("\r\n"u8);
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 2)..];
        return line;
    }

    private static bool TryNumber(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out long value)
    {
        value = 0;
        return line.StartsWith(name) && Utf8Parser.TryParse(line[name.Length..].TrimStart((byte)' '), out value, out _);
    }
}
