using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Commands;

/// <summary>What the command and its audit record have in common.</summary>
internal static class CommandJson
{
    public static void WriteParams(Utf8JsonWriter writer, JsonElement parameters)
    {
        writer.WritePropertyName("params"u8);
        if (parameters.ValueKind == JsonValueKind.Object)
        {
            parameters.WriteTo(writer);
        }
        else
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
        }
    }

    public static void WriteContext(Utf8JsonWriter writer, string origin, string? id, string? userId)
    {
        writer.WriteStartObject("context"u8);
        writer.WriteString("origin"u8, origin);
        writer.WriteStringOrNull("id"u8, id);
        writer.WriteStringOrNull("user_id"u8, userId);
        writer.WriteEndObject();
    }
}
