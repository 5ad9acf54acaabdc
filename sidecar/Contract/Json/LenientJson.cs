using System.Text;
using System.Text.Json;

namespace HaNatsBridge.Contract.Json;

/// <summary>
/// JSON as devices write it: C's <c>printf</c> and Python's <c>json</c> write a number that is none as bare <c>nan</c>,
/// <c>NaN</c>, <c>inf</c>, <c>-Infinity</c>. It is read as <c>null</c> (docs/devices.md, "State").
/// </summary>
internal static class LenientJson
{
    /// <summary>Whether the bytes are meant as an object or a list: then they are never a text.</summary>
    public static bool IsStructure(ReadOnlySpan<byte> utf8)
    {
        var json = JsonBytes.Trim(utf8);
        return !json.IsEmpty && json[0] is (byte)'{' or (byte)'[';
    }

    /// <summary>
    /// Returns the JSON itself where it is well-formed, else a copy in which such numbers are <c>null</c>. False when that is not
    /// well-formed either.
    /// </summary>
    /// <param name="utf8">One value.</param>
    /// <param name="json">Well-formed JSON of at most 16 levels.</param>
    /// <param name="fault">Where it breaks, for people: <c>it breaks at byte 17</c>; the first byte is 1.</param>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out ReadOnlySpan<byte> json, out string fault)
    {
        json = utf8;
        fault = "";
        var at = JsonCheck.FindFault(utf8);
        if (at < 0)
        {
            return true;
        }

        var mended = Mend(utf8, out var places);
        if (places.Count > 0)
        {
            json = mended;
            at = JsonCheck.FindFault(mended);
            if (at < 0)
            {
                return true;
            }
        }

        at = GivenPlace(places, at);
        fault = at < utf8.Length ? $"it breaks at byte {at + 1}" : $"it is cut off after byte {utf8.Length}";
        return false;
    }

    /// <summary>Whether a bare word is a number that is none.</summary>
    public static bool IsNotFinite(ReadOnlySpan<byte> word)
    {
        if (!word.IsEmpty && word[0] is (byte)'-' or (byte)'+')
        {
            word = word[1..];
        }

        return Ascii.EqualsIgnoreCase(word, "nan"u8) || Ascii.EqualsIgnoreCase(word, "inf"u8)
            || Ascii.EqualsIgnoreCase(word, "infinity"u8);
    }

    /// <summary>The copy, and behind each replaced number the same place in the copy and in what was given.</summary>
    private static byte[] Mend(ReadOnlySpan<byte> utf8, out List<(int Copied, int Given)> places)
    {
        places = [];
        var output = new Scratch(utf8.Length + 64);
        try
        {
            for (var i = 0; i < utf8.Length;)
            {
                var length = TokenLength(utf8[i..]);
                var token = utf8.Slice(i, length);
                i += length;
                if (IsNotFinite(token))
                {
                    output.Append("null"u8);
                    places.Add((output.Length, i));
                }
                else
                {
                    output.Append(token);
                }
            }

            return output.Written.ToArray();
        }
        finally
        {
            output.Dispose();
        }
    }

    /// <summary>The place in what was given: the numbers that were replaced before it moved it in the copy.</summary>
    private static int GivenPlace(List<(int Copied, int Given)> places, int copied)
    {
        var (last, given) = places.FindLast(place => place.Copied <= copied);
        return copied - last + given;
    }

    /// <summary>The length of the string, the word or the single byte at the beginning.</summary>
    private static int TokenLength(ReadOnlySpan<byte> utf8)
    {
        var length = 1;
        if (utf8[0] == '"')
        {
            while (length < utf8.Length && utf8[length] != '"')
            {
                length += utf8[length] == '\\' ? 2 : 1;
            }

            return Math.Min(length + 1, utf8.Length);
        }

        if (!IsWordByte(utf8[0]))
        {
            return 1;
        }

        while (length < utf8.Length && IsWordByte(utf8[length]))
        {
            length++;
        }

        return length;
    }

    private static bool IsWordByte(byte value) =>
        char.IsAsciiLetterOrDigit((char)value) || value is (byte)'+' or (byte)'-' or (byte)'.';
}
