using System.Text.Json;

namespace HaNatsBridge.Contract.Json;

/// <summary>Checks JSON that is passed on as it is.</summary>
internal static class JsonCheck
{
    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = StrictJson.MaxDepth };

    /// <summary>Whether the bytes are exactly one JSON value of at most 16 levels.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, ReaderOptions);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether every other parser takes it, too: no half surrogate pairs, no number beyond a double's range.</summary>
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
                else if (reader.TokenType == JsonTokenType.Number && !(reader.TryGetDouble(out var number) && double.IsFinite(number)))
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
