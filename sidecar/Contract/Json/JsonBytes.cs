using System.Buffers;

namespace HaNatsBridge.Contract.Json;

/// <summary>What must be known of JSON's bytes before, and without, a parser.</summary>
internal static class JsonBytes
{
    /// <summary>What may not stand in a JSON string as it is.</summary>
    public static readonly SearchValues<byte> MustEscape = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    /// <summary>Without JSON's white space at either end.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> utf8) => utf8.Trim(" \t\r\n"u8);

    /// <summary>Whether the bytes are exactly one JSON number.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith((byte)'-'))
        {
            utf8 = utf8[1..];
        }

        var whole = CountDigits(utf8);
        if (whole == 0 || (whole > 1 && utf8[0] == '0'))
        {
            return false;
        }

        utf8 = utf8[whole..];
        if (utf8.StartsWith((byte)'.'))
        {
            var fraction = CountDigits(utf8[1..]);
            if (fraction == 0)
            {
                return false;
            }

            utf8 = utf8[(1 + fraction)..];
        }

        if (utf8.IsEmpty)
        {
            return true;
        }

        if (utf8[0] is not ((byte)'e' or (byte)'E'))
        {
            return false;
        }

        utf8 = utf8[1..];
        if (!utf8.IsEmpty && utf8[0] is (byte)'+' or (byte)'-')
        {
            utf8 = utf8[1..];
        }

        return !utf8.IsEmpty && CountDigits(utf8) == utf8.Length;
    }

    private static int CountDigits(ReadOnlySpan<byte> utf8)
    {
        var end = utf8.IndexOfAnyExcept(Digits);
        return end < 0 ? utf8.Length : end;
    }

    private static bool StartsWith(this ReadOnlySpan<byte> utf8, byte first) => !utf8.IsEmpty && utf8[0] == first;
}
