using System.Buffers;
using System.Text.Json;

namespace HaNatsBridge.Contract.Json;

/// <summary>Facts about JSON bytes that need no parser.</summary>
internal static class JsonBytes
{
    /// <summary>The bytes that a JSON string must escape.</summary>
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

/// <summary>Checks JSON that is passed on as it is.</summary>
internal static class JsonCheck
{
    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = StrictJson.MaxDepth };

    /// <summary>Whether the bytes are exactly one JSON value of at most 16 levels.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> utf8) => FindFault(utf8) < 0;

    /// <summary>The index of the byte at which they are no such value; -1 when they are one.</summary>
    public static int FindFault(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, ReaderOptions);
            while (reader.Read())
            {
            }

            return -1;
        }
        catch (JsonException e)
        {
            var line = 0;
            for (var i = 0L; i < e.LineNumber; i++)
            {
                line += utf8[line..].IndexOf((byte)'\n') + 1;
            }

            return (int)Math.Min(utf8.Length, line + (e.BytePositionInLine ?? 0));
        }
    }

    /// <summary>Whether every other parser accepts it, too: no half surrogate pairs, no number beyond a double's range.</summary>
    /// <param name="wellFormed">JSON that <see cref="IsWellFormed"/>.</param>
    /// <param name="scratch">At least as long as the JSON.</param>
    public static bool IsReadable(ReadOnlySpan<byte> wellFormed, Span<byte> scratch)
    {
        try
        {
            var reader = new Utf8JsonReader(wellFormed, ReaderOptions);
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                {
                    reader.CopyString(scratch);
                }
                else if (reader.TokenType == JsonTokenType.Number
                    && !(reader.TryGetDouble(out var number) && double.IsFinite(number)))
                {
                    return false;
                }
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
