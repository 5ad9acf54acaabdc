using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Frames;

/// <summary>Hands a frame to SignalR as the bytes that it is: no object a state.</summary>
internal sealed class FrameConverter : JsonConverter<Frame>
{
    public override Frame Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Frames only go out.");

    // Every byte was written or checked by the contract: parsing it once more would cost as much as all the rest.
    public override void Write(Utf8JsonWriter writer, Frame value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Span, skipInputValidation: true);
}
