using System.Text.Json;
using System.Text.Json.Serialization;
using NATS.Jwt.Models;

namespace NATS.Jwt.Internal;

/// <summary>A signing key is its text, or an object with its scope.</summary>
internal sealed class SigningKeyConverter : JsonConverter<NatsAccountSigningKey>
{
    public override NatsAccountSigningKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return new NatsAccountSigningKey(reader.GetString()!);
        }

        return JsonSerializer.Deserialize(ref reader, JwtJsonContext.Default.NatsAccountScopedSigningKey) is { Key.Length: > 0 } scoped
            ? scoped
            : throw new JsonException("A signing key is a text, or an object with a key");
    }

    public override void Write(Utf8JsonWriter writer, NatsAccountSigningKey value, JsonSerializerOptions options)
    {
        if (value is NatsAccountScopedSigningKey scoped)
        {
            JsonSerializer.Serialize(writer, scoped, JwtJsonContext.Default.NatsAccountScopedSigningKey);
        }
        else
        {
            writer.WriteStringValue(value.SigningKey);
        }
    }
}
