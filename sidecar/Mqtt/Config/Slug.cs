using HaNatsBridge.Templates;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>Names as parts of entity ids: small letters, digits and underscores, as Home Assistant makes them.</summary>
internal static class Slug
{
    private static readonly Template Filter = Template.Parse("{{ name | slugify }}");

    /// <summary>The part for a name.</summary>
    public static string Of(string name) =>
        Filter.Render(new TemplateContext { Variables = new Dictionary<string, object?> { ["name"] = name } }).Text;
}
