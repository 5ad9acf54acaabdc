using System.Text.Json;
using System.Text.Json.Nodes;

namespace HaNatsBridge.Mqtt.Entities;

/// <summary>
/// The state of an entity in the words of the contract: a state, its attributes, and attributes of the device's own.
/// </summary>
internal sealed class EntityValue
{
    private readonly SortedDictionary<string, JsonNode> _attributes = new(StringComparer.Ordinal);

    /// <summary>Home Assistant's state; null is unknown.</summary>
    public JsonNode? State { get; set; }

    /// <summary>Attributes of the device's own (<c>json_attributes_topic</c>). Those of the platform have precedence.</summary>
    public JsonObject? Extra { get; set; }

    /// <summary>An attribute; null where there is none.</summary>
    public JsonNode? this[string name]
    {
        get => _attributes.GetValueOrDefault(name);
        set
        {
            if (value is null)
            {
                _attributes.Remove(name);
            }
            else
            {
                _attributes[name] = value;
            }
        }
    }

    /// <summary>Removes the platform's attributes.</summary>
    public void ClearAttributes() => _attributes.Clear();

    /// <summary>The state as text; null when it is unknown or no text.</summary>
    public string? StateText =>
        State is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    /// <summary>What is published: the state alone, or an object with it and all attributes.</summary>
    public JsonNode? ToJson()
    {
        if (_attributes.Count == 0 && Extra is not { Count: > 0 })
        {
            return State?.DeepClone();
        }

        var all = new JsonObject { ["state"] = State?.DeepClone() };
        foreach (var (name, value) in _attributes)
        {
            all[name] = value.DeepClone();
        }

        foreach (var (name, value) in Extra ?? [])
        {
            if (!all.ContainsKey(name))
            {
                all[name] = value?.DeepClone();
            }
        }

        return all;
    }

    /// <summary>The state and the attributes as templates see them.</summary>
    public (object? State, IReadOnlyDictionary<string, object?> Attributes) ToTemplate()
    {
        var attributes = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in _attributes)
        {
            attributes[name] = JsonSerializer.SerializeToElement(value);
        }

        foreach (var (name, value) in Extra ?? [])
        {
            attributes.TryAdd(name, JsonSerializer.SerializeToElement(value));
        }

        return (OptionText(State), attributes);
    }

    private static string? OptionText(JsonNode? node) => Config.OptionReader.TextOf(node);
}
