using System.Buffers;
using System.Text;

namespace NATS.Client.Core.Internal;

/// <summary>Writes header blocks and refuses names and values that would break the protocol or smuggle a header in (ADR-4).</summary>
internal static class HeaderWriter
{
    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\r\n");

    /// <summary>What may stand in a name: printable ASCII without the colon that ends it.</summary>
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(static x => (char)x).Where(static x => x != ':')]);

    /// <summary>So much room is asked for at first.</summary>
    private const int UsualLength = 256;

    private static ReadOnlySpan<byte> VersionLine => "NATS/1.0\r\n"u8;

    /// <exception cref="ArgumentException">A name is empty or not printable ASCII without colon, or a value holds a line break.</exception>
    public static void Write(IBufferWriter<byte> writer, NatsHeaders headers, Encoding encoding)
    {
        encoding = Widen(encoding);
        var to = writer.GetSpan(UsualLength);
        VersionLine.CopyTo(to);
        var length = VersionLine.Length;
        foreach (var (name, values) in headers)
        {
            Check(name);

            // The loop by index: StringValues' enumerator is fine, but one value is the rule and needs none.
            for (var i = 0; i < values.Count; i++)
            {
                var value = values[i] ?? string.Empty;
                Check(name, value);
                var needed = name.Length + encoding.GetMaxByteCount(value.Length) + ": \r\n\r\n".Length;
                if (to.Length - length < needed)
                {
                    writer.Advance(length);
                    to = writer.GetSpan(needed);
                    length = 0;
                }

                length += Encoding.ASCII.GetBytes(name, to[length..]);
                to[length++] = (byte)':';
                to[length++] = (byte)' ';
                length += encoding.GetBytes(value, to[length..]);
                to[length++] = (byte)'\r';
                to[length++] = (byte)'\n';
            }
        }

        // There is room: each line has asked for it, and so has the first.
        to[length++] = (byte)'\r';
        to[length++] = (byte)'\n';
        writer.Advance(length);
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

        var at = name.AsSpan().IndexOfAnyExcept(NameCharacters);
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
