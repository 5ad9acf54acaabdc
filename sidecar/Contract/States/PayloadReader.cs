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
    /// <returns>False when it is a JSON text with half a surrogate pair.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, Span<byte> scratch, out RawValue value)
    {
        var json = JsonBytes.Trim(payload);
        value = new RawValue(RawKind.Text, payload, bare: true);
        if (json.IsEmpty)
        {
            return true;
        }

        switch (json[0])
        {
            case (byte)'"':
                return TryReadText(json, scratch, ref value);
            case (byte)'{' when JsonCheck.IsWellFormed(json):
                value = new RawValue(RawKind.Object, json);
                return true;
            case (byte)'[' when JsonCheck.IsWellFormed(json):
                value = new RawValue(RawKind.Array, json);
                return true;
            case (byte)'t' when json.SequenceEqual("true"u8):
                value = new RawValue(RawKind.True, json);
                return true;
            case (byte)'f' when json.SequenceEqual("false"u8):
                value = new RawValue(RawKind.False, json);
                return true;
            case (byte)'n' when json.SequenceEqual("null"u8):
                value = new RawValue(RawKind.Null, json);
                return true;
            default:
                if (JsonBytes.IsNumber(json))
                {
                    value = new RawValue(RawKind.Number, json);
                }

                return true;
        }
    }

    private static bool TryReadText(ReadOnlySpan<byte> json, Span<byte> scratch, ref RawValue value)
    {
        if (json.Length < 2 || json[^1] != '"')
        {
            return true;
        }

        if (json[1..^1].IndexOfAny(JsonBytes.MustEscape) < 0)
        {
            value = new RawValue(RawKind.Text, json[1..^1]);
            return true;
        }

        if (!JsonCheck.IsWellFormed(json))
        {
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            value = new RawValue(RawKind.Text, RawValue.TextOf(ref reader, scratch));
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
