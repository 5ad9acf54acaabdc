using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>JSON objects in payloads.</summary>
internal static class JsonPayload
{
    /// <summary>Reads an object. Of members with one name the last counts.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out JsonObject? found)
    {
        found = TryParseAny(text, out var node) ? node as JsonObject : null;
        return found is not null;
    }

    /// <summary>Reads any JSON; null is a value, too.</summary>
    public static bool TryParseAny(string text, out JsonNode? node)
    {
        node = null;
        try
        {
            using var document = JsonDocument.Parse(text);
            node = Copy(document.RootElement);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Copies JSON into nodes; JsonNode itself throws where two members have one name.</summary>
    public static JsonNode? Copy(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var copy = new JsonObject();
                foreach (var member in element.EnumerateObject())
                {
                    copy[member.Name] = Copy(member.Value);
                }

                return copy;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(Copy)]);
            case JsonValueKind.Null:
                return null;
            default:
                return JsonValue.Create(element.Clone());
        }
    }
}
