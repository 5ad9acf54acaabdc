using System.Buffers;
using System.Text;

namespace NATS.Client.Core.Internal;

/// <summary>Writes header blocks and refuses names and values that would break the protocol or smuggle a header in (ADR-4).</summary>
internal static class HeaderWriter
{
    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\r\n");

    private static ReadOnlySpan<byte> VersionLine => "NATS/1.0\r\n"u8;

    /// <exception cref="ArgumentException">A name is empty or not printable ASCII without colon, or a value holds a line break.</exception>
    public static void Write(IBufferWriter<byte> writer, NatsHeaders headers, Encoding encoding)
    {
        encoding = Widen(encoding);
        writer.Write(VersionLine);
        foreach (var (name, values) in headers)
        {
            Check(name);

            // The loop by index: StringValues' enumerator is fine, but one value is the rule and needs none.
            for (var i = 0; i < values.Count; i++)
            {
                var value = values[i] ?? string.Empty;
                Check(name, value);
                var span = writer.GetSpan(name.Length + encoding.GetMaxByteCount(value.Length) + 4);
                var length = Encoding.ASCII.GetBytes(name, span);
                span[length++] = (byte)':';
                span[length++] = (byte)' ';
                length += encoding.GetBytes(value, span[length..]);
                span[length++] = (byte)'\r';
                span[length++] = (byte)'\n';
                writer.Advance(length);
            }
        }

        writer.Write("\r\n"u8);
    }

    public static int GetBytesLength(NatsHeaders headers, Encoding encoding)
    {
        encoding = Widen(encoding);
        var length = VersionLine.Length + 2;
        foreach (var (name, values) in headers)
        {
            for (var i = 0; i < values.Count; i++)
            {
                length += name.Length + encoding.GetByteCount(values[i] ?? string.Empty) + 4;
            }
        }

        return length;
    }

    /// <summary>ASCII is a subset of UTF-8, and the latter loses nothing.</summary>
    private static Encoding Widen(Encoding encoding) => encoding is ASCIIEncoding ? Encoding.UTF8 : encoding;

    private static void Check(string name)
    {
        if (name.Length == 0)
        {
            throw new ArgumentException("A header name is empty", nameof(name));
        }

        var at = name.AsSpan().IndexOfAnyExceptInRange('!', '~');
        if (at < 0)
        {
            at = name.IndexOf(':', StringComparison.Ordinal);
        }

        if (at >= 0)
        {
            throw new ArgumentException($"The header name has a character that is not allowed (U+{(int)name[at]:X4} at {at})", nameof(name));
        }
    }

    private static void Check(string name, string value)
    {
        var at = value.AsSpan().IndexOfAny(LineBreaks);
        if (at >= 0)
        {
            throw new ArgumentException($"The value of header {name} has a line break at {at}", nameof(value));
        }
    }
}
