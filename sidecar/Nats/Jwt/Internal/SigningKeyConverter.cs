using System.Text.Json;
using System.Text.Json.Serialization;
using NATS.Jwt.Models;

namespace NATS.Jwt.Internal;

/// <summary>A signing key is its text, or an object with a scope, of which only the key is kept.</summary>
internal sealed class SigningKeyConverter : JsonConverter<NatsAccountSigningKey>
{
    public override NatsAccountSigningKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return new NatsAccountSigningKey(reader.GetString()!);
        }

        using var scope = JsonDocument.ParseValue(ref reader);
        return new NatsAccountSigningKey(
            scope.RootElement.ValueKind == JsonValueKind.Object && scope.RootElement.TryGetProperty("key", out var key) && key.ValueKind == JsonValueKind.String
                ? key.GetString()!
                : throw new JsonException("A signing key is a text, or an object with a key"));
    }

    public override void Write(Utf8JsonWriter writer, NatsAccountSigningKey value, JsonSerializerOptions options) => writer.WriteStringValue(value.SigningKey);
}
