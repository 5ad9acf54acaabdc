using System.Buffers.Text;
using System.Text;

namespace NATS.Client.Core.Internal;

/// <summary>
/// ADR-4: <c>NATS/1.0[ status[ text]]CRLF</c>, then <c>name: valueCRLF</c> lines, then CRLF. Values are trimmed of white space around them; names are not empty and hold
/// printable ASCII without colon. The no-responders answer is the status 503 alone.
/// </summary>
internal static class HeaderReader
{
    private static ReadOnlySpan<byte> Version => "NATS/1.0"u8;

    /// <summary>Newer servers add the header Nats-Subject behind the status.</summary>
    public static bool IsNoResponders(ReadOnlySpan<byte> block) => block.StartsWith("NATS/1.0 503\r\n"u8) || block.StartsWith("NATS/1.0 503 "u8);

    public static bool TryRead(ReadOnlySpan<byte> block, NatsHeaders headers, Encoding encoding)
    {
        // Values outside ASCII are UTF-8 in every other client; ASCII decoding would turn them into question marks.
        if (encoding is ASCIIEncoding)
        {
            encoding = Encoding.UTF8;
        }

        if (!block.StartsWith(Version) || !block.EndsWith("\r\n\r\n"u8))
        {
            return false;
        }

        var end = block.IndexOf("\r\n"u8);
        if (!TryReadStatus(block[Version.Length..end], headers, encoding))
        {
            return false;
        }

        var rest = block[(end + 2)..];
        while (rest.Length > 0)
        {
            end = rest.IndexOf("\r\n"u8);
            if (end < 0)
            {
                return false;
            }

            if (end == 0)
            {
                return rest.Length == 2;
            }

            if (!TryReadLine(rest[..end], headers, encoding))
            {
                return false;
            }

            rest = rest[(end + 2)..];
        }

        // The block was "NATS/1.0\r\n\r\n": the version line's end and the block's are one.
        return true;
    }

    private static bool TryReadStatus(ReadOnlySpan<byte> line, NatsHeaders headers, Encoding encoding)
    {
        line = line.Trim((byte)' ');
        if (line.IsEmpty)
        {
            return true;
        }

        if (!Utf8Parser.TryParse(line, out int code, out var used) || code < 0 || (used < line.Length && line[used] != ' '))
        {
            return false;
        }

        headers.Code = code;
        headers.MessageText = encoding.GetString(line[used..].Trim((byte)' '));
        headers.Message = headers.MessageText switch
        {
            "Idle Heartbeat" => NatsHeaders.Messages.IdleHeartbeat,
            "Bad Request" => NatsHeaders.Messages.BadRequest,
            "Consumer Deleted" => NatsHeaders.Messages.ConsumerDeleted,
            "Consumer is push based" => NatsHeaders.Messages.ConsumerIsPushBased,
            "No Messages" => NatsHeaders.Messages.NoMessages,
            "Request Timeout" => NatsHeaders.Messages.RequestTimeout,
            "Message Size Exceeds MaxBytes" => NatsHeaders.Messages.MessageSizeExceedsMaxBytes,
            "Requests Pending" => NatsHeaders.Messages.RequestsPending,
            _ => NatsHeaders.Messages.Text,
        };
        return true;
    }

    private static bool TryReadLine(ReadOnlySpan<byte> line, NatsHeaders headers, Encoding encoding)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
        {
            return false;
        }

        var name = line[..colon];
        if (name.IndexOfAnyExceptInRange((byte)33, (byte)126) >= 0)
        {
            return false;
        }

        headers.Append(HeaderNames.Get(name), encoding.GetString(line[(colon + 1)..].Trim(" \t"u8)));
        return true;
    }
}
