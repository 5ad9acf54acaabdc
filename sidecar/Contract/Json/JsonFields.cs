using System.Text.Json;

namespace HaNatsBridge.Contract.Json;

/// <summary>
/// Reads members of an object that may be absent or of the wrong type. Only for documents that <see cref="StrictJson"/> accepted.
/// </summary>
internal static class JsonFields
{
    /// <summary>A member's text; null when it is absent, no text, or the element is no object.</summary>
    public static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>A member's whole number; null when it is absent or no whole number.</summary>
    public static long? Whole(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out var number)
            ? number
            : null;

    /// <summary>How many items a member's list has; 0 when it is absent or no list.</summary>
    public static int Length(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.Array
            ? value.GetArrayLength()
            : 0;

    /// <summary>A member's list; null when it is absent or no list.</summary>
    public static JsonElement? Items(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.Array
            ? value
            : null;

    /// <summary>A member's truth; null when it is absent or neither true nor false.</summary>
    public static bool? Truth(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            ? value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
            : null;
}

/// <summary>Builds the path of a value: <c>entities[1].hvac_modes</c>. Names from outside are shortened.</summary>
internal static class JsonPath
{
    public static string Member(string path, string name)
    {
        name = Bounded.Text(name, 64);
        return path.Length == 0 ? name : $"{path}.{name}";
    }

    public static string Item(string path, int index) => $"{path}[{index}]";
}
