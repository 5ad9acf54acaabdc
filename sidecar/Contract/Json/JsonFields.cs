using System.Text.Json;

namespace HaNatsBridge.Contract.Json;

/// <summary>Reads members of an object that may be absent or of the wrong type. Only for documents that <see cref="StrictJson"/> has let pass.</summary>
internal static class JsonFields
{
    /// <summary>A member's text; null when it is absent, no text, or the element is no object.</summary>
    public static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>A member's whole number; null when it is absent or no whole number.</summary>
    public static long? Whole(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out var number)
            ? number
            : null;

    /// <summary>A member's truth; null when it is absent or neither true nor false.</summary>
    public static bool? Truth(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            ? value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
            : null;
}
