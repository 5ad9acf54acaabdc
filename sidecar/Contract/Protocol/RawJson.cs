using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>
/// A JSON value that is written already, as the hub hands it to SignalR: its bytes go out as they are, without being parsed or copied into objects.
/// </summary>
/// <param name="Utf8">One valid JSON value, UTF-8.</param>
[JsonConverter(typeof(RawJsonConverter))]
public readonly record struct RawJson(ReadOnlyMemory<byte> Utf8)
{
    /// <summary>Writes a value with one of this namespace's writers into a buffer of its own.</summary>
    public static RawJson From(Action<System.Buffers.IBufferWriter<byte>> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256);
        write(buffer);
        return new RawJson(buffer.WrittenMemory);
    }

    /// <inheritdoc/>
    public override string ToString() => System.Text.Encoding.UTF8.GetString(Utf8.Span);
}
