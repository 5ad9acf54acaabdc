using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>
/// A JSON value that is written already, as the hub gives it to SignalR: its bytes are sent unchanged, without being parsed or
/// copied into objects.
/// </summary>
/// <param name="Utf8">One valid JSON value, UTF-8; empty: null.</param>
[JsonConverter(typeof(RawJsonConverter))]
public readonly record struct RawJson(ReadOnlyMemory<byte> Utf8)
{
    /// <summary>Writes a value with one of this namespace's writers into a buffer of its own.</summary>
    public static RawJson From(Action<IBufferWriter<byte>> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var buffer = new ArrayBufferWriter<byte>(256);
        write(buffer);
        return new RawJson(buffer.WrittenMemory);
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);
}

/// <summary>Writes <see cref="RawJson"/> unchanged.</summary>
public sealed class RawJsonConverter : JsonConverter<RawJson>
{
    private static readonly RawBytesConverter Bytes = new();

    /// <inheritdoc/>
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(Bytes.Read(ref reader, typeToConvert, options));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
        Bytes.Write(writer, value.Utf8, options);
}
