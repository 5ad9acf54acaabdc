using System.Text.Json;
using System.Text.Json.Serialization;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream.Internal;

/// <summary>On the wire "create or update" is the empty action (ADR-42), so it is left out.</summary>
internal sealed class ConsumerCreateActionConverter : JsonConverter<ConsumerCreateAction?>
{
    /// <inheritdoc/>
    public override ConsumerCreateAction? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() switch
        {
            "create" => ConsumerCreateAction.Create,
            "update" => ConsumerCreateAction.Update,
            _ => null,
        };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ConsumerCreateAction? value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value switch
        {
            ConsumerCreateAction.Create => "create",
            ConsumerCreateAction.Update => "update",
            _ => string.Empty,
        });
}
