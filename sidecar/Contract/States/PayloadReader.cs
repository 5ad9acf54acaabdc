using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.States;

/// <summary>Decides what a payload is: JSON, or else bare text.</summary>
internal static class PayloadReader
{
    /// <summary>Reads a payload that may be bare text.</summary>
    /// <param name="payload">Valid UTF-8, not empty.</param>
    /// <param name="scratch">At least as long as the payload; a text with escapes points into it.</param>
    /// <param name="value">Arrays and objects are well-formed.</param>
    /// <returns>What is wrong: broken JSON, or a JSON text with half a surrogate pair; null when nothing is.</returns>
    public static string? Read(ReadOnlySpan<byte> payload, Span<byte> scratch, out RawValue value)
    {
        var json = JsonBytes.Trim(payload);
        value = new RawValue(RawKind.Text, payload, bare: true);
        if (json.IsEmpty)
        {
            return null;
        }

        switch (json[0])
        {
            case (byte)'"':
                return ReadText(json, scratch, ref value);
            case (byte)'{' or (byte)'[':
                // Never a text, however broken it is.
                if (!LenientJson.TryRead(json, out var read, out var fault))
                {
                    return $"no JSON of at most {StrictJson.MaxDepth} levels: {fault}";
                }

                value = new RawValue(json[0] == '{' ? RawKind.Object : RawKind.Array, read);
                return null;
            case (byte)'t' when json.SequenceEqual("true"u8):
                value = new RawValue(RawKind.True, json);
                return null;
            case (byte)'f' when json.SequenceEqual("false"u8):
                value = new RawValue(RawKind.False, json);
                return null;
            case (byte)'n' when json.SequenceEqual("null"u8):
                value = new RawValue(RawKind.Null, json);
                return null;
            default:
                if (JsonBytes.IsNumber(json))
                {
                    value = new RawValue(RawKind.Number, json);
                }

                return null;
        }
    }

    private static string? ReadText(ReadOnlySpan<byte> json, Span<byte> scratch, ref RawValue value)
    {
        if (json.Length < 2 || json[^1] != '"')
        {
            return null;
        }

        if (json[1..^1].IndexOfAny(JsonBytes.MustEscape) < 0)
        {
            value = new RawValue(RawKind.Text, json[1..^1]);
            return null;
        }

        if (!JsonCheck.IsWellFormed(json))
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            value = new RawValue(RawKind.Text, RawValue.TextOf(ref reader, scratch));
            return null;
        }
        catch (InvalidOperationException)
        {
            return "half a surrogate pair";
        }
    }
}
