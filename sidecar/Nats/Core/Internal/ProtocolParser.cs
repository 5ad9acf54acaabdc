using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace NATS.Client.Core.Internal;

/// <summary>
/// Reads one server command from the front of a buffer. Stateless: what comes out depends on the bytes alone, never on how they were cut. All limits are checked as early as
/// the bytes allow it, so that a hostile server can make nobody wait for, or allocate, more than the limits.
/// </summary>
internal static class ProtocolParser
{
    /// <summary>Longest command line but INFO. The server's own default limit is 4 KiB, configurable; beyond this it is garbage.</summary>
    public const int MaxControlLine = 64 * 1024;

    /// <summary>INFO carries the cluster's URLs.</summary>
    public const int MaxInfoLine = 1024 * 1024;

    private const int MaxArguments = 6;

    /// <param name="buffer">Received bytes, beginning with a command.</param>
    /// <param name="maxBody">Largest headers + payload that is taken.</param>
    /// <param name="op">The command, when done.</param>
    /// <param name="needed">When incomplete: the total bytes that the command is known to need, 0 when not known.</param>
    /// <param name="error">When invalid: what is wrong.</param>
    public static ParseStatus TryParse(ReadOnlySpan<byte> buffer, int maxBody, out ServerOp op, out int needed, out string? error)
    {
        op = default;
        needed = 0;
        error = null;
        if (buffer.IsEmpty)
        {
            return ParseStatus.Incomplete;
        }

        if (TryReadPlainMsg(buffer, maxBody, ref op))
        {
            return CheckBodyEnd(buffer, in op, ref needed, ref error);
        }

        // Upper-casing: the protocol's words may come in any case.
        switch (buffer[0] & 0xDF)
        {
            case 'M':
                return ParseMsg(buffer, maxBody, "MSG "u8, isHmsg: false, ref op, ref needed, ref error);
            case 'H':
                return ParseMsg(buffer, maxBody, "HMSG "u8, isHmsg: true, ref op, ref needed, ref error);
            case 'P':
                return ParsePingPong(buffer, ref op, ref error);
            case 'I':
                return ParseText(buffer, "INFO "u8, ServerOpKind.Info, MaxInfoLine, ref op, ref error);
            default:
                return buffer[0] switch
                {
                    (byte)'-' => ParseText(buffer, "-ERR "u8, ServerOpKind.Err, MaxControlLine, ref op, ref error),
                    (byte)'+' => ParseWord(buffer, "+OK"u8, ServerOpKind.Ok, ref op, ref error),
                    _ => Fail(buffer, ref error),
                };
        }
    }

    /// <summary>
    /// The line of nearly every message, exactly as servers write it (<c>MSG subject sid [reply] bytes</c>, one space between, numbers of at most nine digits), in one pass. False for all else, also
    /// what is incomplete or wrong: the general way below decides and says why, and would read such a line the same.
    /// </summary>
    internal static bool TryReadPlainMsg(ReadOnlySpan<byte> buffer, int maxBody, ref ServerOp op)
    {
        const int Subject = 4;
        if (!buffer.StartsWith("MSG "u8))
        {
            return false;
        }

        var subjectEnd = TokenEnd(buffer, Subject);
        if (subjectEnd == Subject || !EndsWith(buffer, subjectEnd, ' ') || !TryReadNumber(buffer, subjectEnd + 1, out var sidEnd, out var sid) || !EndsWith(buffer, sidEnd, ' '))
        {
            return false;
        }

        var replyStart = sidEnd + 1;
        var replyEnd = TokenEnd(buffer, replyStart);
        var sizeStart = replyStart;
        if (EndsWith(buffer, replyEnd, ' ') && replyEnd > replyStart)
        {
            sizeStart = replyEnd + 1;
        }

        if (!TryReadNumber(buffer, sizeStart, out var end, out var size)
            || !EndsWith(buffer, end, '\r') || !EndsWith(buffer, end + 1, '\n')
            || end > MaxControlLine || size > maxBody)
        {
            return false;
        }

        op.Kind = ServerOpKind.Msg;
        op.Sid = sid;
        op.SubjectStart = Subject;
        op.SubjectLength = subjectEnd - Subject;
        if (sizeStart != replyStart)
        {
            op.ReplyStart = replyStart;
            op.ReplyLength = replyEnd - replyStart;
        }

        op.BodyStart = end + 2;
        op.BodyLength = size;
        op.HeaderLength = -1;
        op.Length = op.BodyStart + size + 2;
        return true;
    }

    /// <summary>The first blank or control character from there on, or the end of what there is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TokenEnd(ReadOnlySpan<byte> buffer, int at)
    {
        while ((uint)at < (uint)buffer.Length && buffer[at] > ' ')
        {
            at++;
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool EndsWith(ReadOnlySpan<byte> buffer, int at, char end) => (uint)at < (uint)buffer.Length && buffer[at] == end;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadNumber(ReadOnlySpan<byte> buffer, int at, out int end, out int value)
    {
        const int Digits = 9;
        value = 0;
        end = at;
        for (; (uint)end < (uint)buffer.Length && (uint)(buffer[end] - '0') <= 9; end++)
        {
            if (end - at == Digits)
            {
                return false;
            }

            value = (value * 10) + (buffer[end] - '0');
        }

        return end > at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ParseStatus ParseMsg(
        ReadOnlySpan<byte> buffer, int maxBody, ReadOnlySpan<byte> verb, bool isHmsg, ref ServerOp op, ref int needed, ref string? error)
    {
        if (!StartsWith(buffer, verb))
        {
            return Fail(buffer, ref error);
        }

        var end = LineEnd(buffer, MaxControlLine, out var lineStatus, ref error);
        if (lineStatus != ParseStatus.Done)
        {
            return lineStatus;
        }

        Span<int> starts = stackalloc int[MaxArguments];
        Span<int> lengths = stackalloc int[MaxArguments];
        var count = SplitArguments(buffer[..end], verb.Length, starts, lengths);

        // MSG subject sid [reply] bytes; HMSG subject sid [reply] header-bytes total-bytes
        var sizes = isHmsg ? 2 : 1;
        var hasReply = count == sizes + 3;
        if ((!hasReply && count != sizes + 2)
            || !TryParseNumber(buffer.Slice(starts[1], lengths[1]), int.MaxValue, out op.Sid)
            || !TryParseNumber(buffer.Slice(starts[count - 1], lengths[count - 1]), int.MaxValue, out op.BodyLength))
        {
            error = "malformed message line";
            return ParseStatus.Invalid;
        }

        op.HeaderLength = -1;
        if (isHmsg && (!TryParseNumber(buffer.Slice(starts[count - 2], lengths[count - 2]), int.MaxValue, out op.HeaderLength) || op.HeaderLength > op.BodyLength))
        {
            error = "malformed header length";
            return ParseStatus.Invalid;
        }

        if (op.BodyLength > maxBody)
        {
            error = $"a message of {op.BodyLength} bytes exceeds the limit of {maxBody}";
            return ParseStatus.Invalid;
        }

        op.Kind = ServerOpKind.Msg;
        op.SubjectStart = starts[0];
        op.SubjectLength = lengths[0];
        if (hasReply)
        {
            op.ReplyStart = starts[2];
            op.ReplyLength = lengths[2];
        }

        op.BodyStart = end + 2;
        op.Length = op.BodyStart + op.BodyLength + 2;
        return CheckBodyEnd(buffer, in op, ref needed, ref error);
    }

    private static ParseStatus CheckBodyEnd(ReadOnlySpan<byte> buffer, in ServerOp op, ref int needed, ref string? error)
    {
        var bodyEnd = op.Length - 2;
        if ((buffer.Length > bodyEnd && buffer[bodyEnd] != '\r') || (buffer.Length > bodyEnd + 1 && buffer[bodyEnd + 1] != '\n'))
        {
            error = "a message does not end where its length says";
            return ParseStatus.Invalid;
        }

        if (buffer.Length < op.Length)
        {
            // Up to the byte that can be wrong: a wrong end is refused as soon as it is there, however the bytes are cut.
            needed = buffer.Length <= bodyEnd ? bodyEnd + 1 : op.Length;
            return ParseStatus.Incomplete;
        }

        return ParseStatus.Done;
    }

    private static ParseStatus ParsePingPong(ReadOnlySpan<byte> buffer, ref ServerOp op, ref string? error) =>
        buffer.Length < 2 ? ParseStatus.Incomplete
        : (buffer[1] & 0xDF) == 'I' ? ParseWord(buffer, "PING"u8, ServerOpKind.Ping, ref op, ref error)
        : ParseWord(buffer, "PONG"u8, ServerOpKind.Pong, ref op, ref error);

    private static ParseStatus ParseWord(ReadOnlySpan<byte> buffer, ReadOnlySpan<byte> word, ServerOpKind kind, ref ServerOp op, ref string? error)
    {
        if (!StartsWith(buffer, word)
            || (buffer.Length > word.Length && buffer[word.Length] != '\r')
            || (buffer.Length > word.Length + 1 && buffer[word.Length + 1] != '\n'))
        {
            return Fail(buffer, ref error);
        }

        if (buffer.Length < word.Length + 2)
        {
            return ParseStatus.Incomplete;
        }

        op.Kind = kind;
        op.Length = word.Length + 2;
        return ParseStatus.Done;
    }

    private static ParseStatus ParseText(ReadOnlySpan<byte> buffer, ReadOnlySpan<byte> verb, ServerOpKind kind, int limit, ref ServerOp op, ref string? error)
    {
        if (!StartsWith(buffer, verb))
        {
            return Fail(buffer, ref error);
        }

        var end = LineEnd(buffer, limit, out var status, ref error);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        op.Kind = kind;
        op.BodyStart = verb.Length;
        op.BodyLength = end - verb.Length;
        op.Length = end + 2;
        return ParseStatus.Done;
    }

    /// <summary>The index of the line's CR LF. A CR or LF alone is no line's end and nothing's part.</summary>
    private static int LineEnd(ReadOnlySpan<byte> buffer, int limit, out ParseStatus status, ref string? error)
    {
        var end = buffer.IndexOfAny((byte)'\r', (byte)'\n');
        if (end >= 0 && (buffer[end] == '\n' || (end + 1 < buffer.Length && buffer[end + 1] != '\n')))
        {
            status = ParseStatus.Invalid;
            error = "a line does not end with CR LF";
            return -1;
        }

        if ((end < 0 ? buffer.Length : end) > limit)
        {
            status = ParseStatus.Invalid;
            error = $"a command line exceeds {limit} bytes";
            return -1;
        }

        status = end < 0 || end + 1 >= buffer.Length ? ParseStatus.Incomplete : ParseStatus.Done;
        return end;
    }

    /// <summary>The number of arguments, or one more than can be stored when there are too many.</summary>
    private static int SplitArguments(ReadOnlySpan<byte> line, int start, Span<int> starts, Span<int> lengths)
    {
        var count = 0;
        while (true)
        {
            while (start < line.Length && line[start] is (byte)' ' or (byte)'\t')
            {
                start++;
            }

            if (start >= line.Length)
            {
                return count;
            }

            var length = line[start..].IndexOfAny((byte)' ', (byte)'\t');
            if (length < 0)
            {
                length = line.Length - start;
            }

            if (count == MaxArguments)
            {
                return MaxArguments + 1;
            }

            starts[count] = start;
            lengths[count++] = length;
            start += length;
        }
    }

    private static bool TryParseNumber(ReadOnlySpan<byte> digits, int max, out int value)
    {
        value = 0;
        if (digits.Length is 0 or > 10)
        {
            return false;
        }

        long number = 0;
        foreach (var digit in digits)
        {
            if ((uint)(digit - '0') > 9)
            {
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        value = (int)Math.Min(number, max);
        return number <= max;
    }

    /// <summary>True as long as the bytes there are may become the word.</summary>
    private static bool StartsWith(ReadOnlySpan<byte> buffer, ReadOnlySpan<byte> word)
    {
        var length = Math.Min(buffer.Length, word.Length);
        for (var i = 0; i < length; i++)
        {
            var c = buffer[i];
            if (c != word[i] && !(word[i] is >= (byte)'A' and <= (byte)'Z' && c == word[i] + 32) && !(word[i] == ' ' && c == '\t'))
            {
                return false;
            }
        }

        return true;
    }

    [SuppressMessage("Style", "IDE0060", Justification = "The first byte says enough.")]
    private static ParseStatus Fail(ReadOnlySpan<byte> buffer, ref string? error)
    {
        // Never the bytes themselves: they may be anyone's.
        error = $"unknown command (first byte 0x{buffer[0]:X2})";
        return ParseStatus.Invalid;
    }
}
