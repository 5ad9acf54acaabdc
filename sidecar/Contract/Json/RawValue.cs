using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Redaction;

namespace HaNatsBridge.Contract.Json;

/// <summary>A value as it was received, not yet copied.</summary>
/// <param name="kind">What it is.</param>
/// <param name="bytes">A text's content with its escapes resolved; else the JSON itself.</param>
/// <param name="strict">Whether a number must be a number and not a text: commands are strict, states are not.</param>
/// <param name="bare">Whether it is a text without quotes.</param>
internal readonly ref struct RawValue(RawKind kind, ReadOnlySpan<byte> bytes, bool strict = false, bool bare = false)
{
    public RawKind Kind { get; } = kind;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public bool Strict { get; } = strict;

    /// <summary>A word: a bare one without the white space around it (<c>echo on | nats pub</c> adds a line feed).</summary>
    public ReadOnlySpan<byte> Word => bare ? JsonBytes.Trim(Bytes) : Bytes;

    /// <summary>
    /// Whether it is Home Assistant's word for null, or a bare number that is none (<c>nan</c>). Only where it is no valid text.
    /// </summary>
    public bool IsUnknown => Kind == RawKind.Text
        && (Ascii.EqualsIgnoreCase(Word, "unknown"u8) || (bare && LenientJson.IsNotFinite(Word)));

    /// <summary>Reads the reader's current value, and moves the reader to the end of it.</summary>
    /// <param name="reader">Over the whole of <paramref name="json"/>.</param>
    /// <param name="json">What the reader reads.</param>
    /// <param name="scratch">Takes a text whose escapes must be resolved; it must live as long as the value.</param>
    /// <param name="strict">See <see cref="Strict"/>.</param>
    /// <exception cref="JsonException">The JSON ends, or is wrong, within the value.</exception>
    /// <exception cref="InvalidOperationException">A text with half a surrogate pair.</exception>
    public static RawValue Read(
        scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json, Span<byte> scratch, bool strict = false)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return new RawValue(RawKind.Text, TextOf(ref reader, scratch), strict);
            case JsonTokenType.Number:
                return new RawValue(RawKind.Number, reader.ValueSpan, strict);
            case JsonTokenType.True:
                return new RawValue(RawKind.True, reader.ValueSpan, strict);
            case JsonTokenType.False:
                return new RawValue(RawKind.False, reader.ValueSpan, strict);
            case JsonTokenType.Null:
                return new RawValue(RawKind.Null, reader.ValueSpan, strict);
            default:
                var kind = reader.TokenType == JsonTokenType.StartArray ? RawKind.Array : RawKind.Object;
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                return new RawValue(kind, json[start..(int)reader.BytesConsumed], strict);
        }
    }

    /// <summary>For a message: the value without its secrets, at most 40 characters of it.</summary>
    public string Describe()
    {
        // A secret must be whole to be found.
        var shown = Bounded.Text(Redactor.Payload(Bytes[..Math.Min(Bytes.Length, 4096)]), 40);
        return Kind == RawKind.Text ? $"\"{shown}\"" : shown;
    }

    /// <summary>
    /// A text's or a property name's content; the scratch, at least as long as the raw text, takes it when it has escapes.
    /// </summary>
    public static ReadOnlySpan<byte> TextOf(scoped ref Utf8JsonReader reader, Span<byte> scratch) =>
        reader.ValueIsEscaped ? scratch[..reader.CopyString(scratch)] : reader.ValueSpan;
}

/// <summary>What a <see cref="RawValue"/> is.</summary>
internal enum RawKind
{
    Null,
    True,
    False,
    Number,
    Text,
    Array,
    Object,
}
