using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>Writes <see cref="RawJson"/> as it is.</summary>
public sealed class RawJsonConverter : JsonConverter<RawJson>
{
    /// <inheritdoc/>
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new RawJson(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(document.RootElement).ToArray());
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (value.Utf8.IsEmpty)
        {
            writer.WriteNullValue();
            return;
        }

        // Valid by construction: our own writers made it, or a strict reader has let it pass.
        writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
    }
}
