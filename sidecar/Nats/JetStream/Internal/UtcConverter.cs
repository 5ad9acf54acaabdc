using System.Text.Json;
using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Internal;

/// <summary>Times are sent in UTC, as ADR-1 suggests, and read with whatever zone the server gives them.</summary>
internal sealed class UtcConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
}
