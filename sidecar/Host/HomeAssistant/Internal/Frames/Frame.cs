using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Frames;

/// <summary>
/// A finished JSON value in a buffer that its client reuses: SignalR copies it into the connection before it asks for the next.
/// </summary>
[JsonConverter(typeof(FrameConverter))]
internal sealed class Frame : IBufferWriter<byte>
{
    private const int InitialCapacity = 512;
    private const int KeptCapacity = 64 * 1024;

    private byte[] _bytes = new byte[InitialCapacity];
    private int _length;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Starts anew; a buffer that a snapshot made large is given back.</summary>
    public void Clear()
    {
        _length = 0;
        if (_bytes.Length > KeptCapacity)
        {
            _bytes = new byte[InitialCapacity];
        }
    }

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _bytes.AsSpan(_length);
    }

    private void MakeRoom(int sizeHint)
    {
        var room = Math.Max(sizeHint, 1);
        if (_bytes.Length - _length < room)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + room));
        }
    }
}

/// <summary>Hands a frame to SignalR as the bytes that it is: no object a state.</summary>
internal sealed class FrameConverter : JsonConverter<Frame>
{
    public override Frame Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Frames only go out.");

    // Every byte was written or checked by the contract: parsing it once more would cost as much as all the rest.
    public override void Write(Utf8JsonWriter writer, Frame value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Span, skipInputValidation: true);
}
