using System.Text.Json;
using System.Text.Json.Serialization;

namespace NATS.Jwt.Internal;

/// <summary>Times in JWTs are Unix seconds; 0 is "none".</summary>
internal sealed class UnixSecondsConverter : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var seconds)
            ? seconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new JsonException("Expected Unix seconds");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value?.ToUnixTimeSeconds() ?? 0);
}
