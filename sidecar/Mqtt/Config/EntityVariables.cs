using System.Collections.Frozen;
using HaNatsBridge.Templates;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>What templates may read of their entity: <c>entity_id</c>, <c>name</c> and <c>this</c>.</summary>
/// <param name="entityId">The entity id that the description asks for; Home Assistant's own may be another.</param>
/// <param name="name">The entity's name.</param>
/// <param name="state">The present state and attributes.</param>
internal sealed class EntityVariables(
    string entityId, string? name, Func<(object? State, IReadOnlyDictionary<string, object?> Attributes)> state)
{
    /// <summary>The variables of a template; none of them is made for a template that names none.</summary>
    /// <param name="template">The template.</param>
    /// <param name="constants">Variables of the component's own.</param>
    public IReadOnlyDictionary<string, object?> Of(Template template, IReadOnlyDictionary<string, object?>? constants = null)
    {
        var text = template.Text;
        if (!text.Contains("this", StringComparison.Ordinal) && !text.Contains("entity_id", StringComparison.Ordinal)
            && !text.Contains("name", StringComparison.Ordinal))
        {
            return constants ?? FrozenDictionary<string, object?>.Empty;
        }

        var (present, attributes) = state();
        return new Dictionary<string, object?>(constants ?? FrozenDictionary<string, object?>.Empty, StringComparer.Ordinal)
        {
            ["entity_id"] = entityId,
            ["name"] = name,
            ["this"] = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["entity_id"] = entityId, ["name"] = name, ["state"] = present ?? "unknown", ["attributes"] = attributes,
            },
        };
    }
}
