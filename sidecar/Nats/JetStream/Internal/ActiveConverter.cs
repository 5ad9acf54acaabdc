using System.Text.Json;
using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Internal;

/// <summary>The server writes -1 for a mirror or source that has never been active.</summary>
internal sealed class ActiveConverter : JsonConverter<TimeSpan?>
{
    /// <inheritdoc/>
    public override TimeSpan? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetInt64() is var nanoseconds && nanoseconds < 0 ? null : TimeSpan.FromTicks(nanoseconds / NanosecondsConverter.PerTick);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TimeSpan? value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value is { } active ? NanosecondsConverter.ToNanoseconds(active) : -1);
}
