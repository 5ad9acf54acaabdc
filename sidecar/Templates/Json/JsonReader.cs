using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Json;

/// <summary>Reads JSON as orjson does: strict, the last of equal keys counts.</summary>
internal static class JsonReader
{
    // orjson's.
    private const int MaxDepth = 1024;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth,
        CommentHandling = JsonCommentHandling.Disallow };

    public static bool TryParse(string text, out object? value)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            return Strict.TryGetBytes(text, buffer, out var count) & TryParse(buffer.AsSpan(0, count), out value);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public static bool TryParse(ReadOnlySpan<byte> json, out object? value)
    {
        value = null;
        try
        {
            var reader = new Utf8JsonReader(json, Options);
            if (!reader.Read())
            {
                return false;
            }

            value = Read(ref reader);
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // A text that is no UTF-8, or half of a surrogate pair.
            return false;
        }
    }

    private static object? Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var dict = new DictValue();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = reader.GetString();
                    reader.Read();
                    dict.Set(key, Read(ref reader));
                }

                return dict;
            case JsonTokenType.StartArray:
                var items = new List<object?>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Read(ref reader));
                }

                return new ListValue([.. items]);
            case JsonTokenType.String:
                return reader.GetString();
            case JsonTokenType.Number:
                return Number(ref reader);
            case JsonTokenType.True:
                return Numbers.True;
            case JsonTokenType.False:
                return Numbers.False;
            default:
                return null;
        }
    }

    private static object Number(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var whole))
        {
            return Numbers.Box(whole);
        }

        var span = reader.ValueSpan;
        if (span.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0 && reader.TryGetUInt64(out var big))
        {
            return new BigInteger(big);
        }

        return reader.TryGetDouble(out var real) && double.IsFinite(real) ? real : throw new JsonException();
    }

    /// <summary>A caller's element as a value.</summary>
    public static object? Convert(JsonElement element) => element.ValueKind == JsonValueKind.Undefined
        ? null
        : TryParse(Encoding.UTF8.GetBytes(element.GetRawText()), out var value) ? value
            : throw Fail.Value("the variable is no valid JSON");

    private static class Strict
    {
        private static readonly UTF8Encoding Encoding = new(false, true);

        public static bool TryGetBytes(string text, byte[] buffer, out int count)
        {
            try
            {
                count = Encoding.GetBytes(text, buffer);
                return true;
            }
            catch (EncoderFallbackException)
            {
                count = 0;
                return false;
            }
        }
    }
}
