using HaNatsBridge.Host.Settings;
using HaNatsBridge.Templates;

namespace HaNatsBridge.Host.ConfiguredDevices;

/// <summary>A template of the settings (docs/templates.md), checked at the start.</summary>
public sealed class TemplateText
{
    private readonly Template _template;

    private TemplateText(Template template) => _template = template;

    /// <summary>Whether a text is a template: whether it has <c>{{</c> or <c>{%</c>.</summary>
    public static bool IsTemplate(string text) =>
        text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal);

    /// <summary>Reads a template.</summary>
    /// <exception cref="SettingsException">It is wrong; with the line and the column in it.</exception>
    public static TemplateText Read(SettingNode node)
    {
        try
        {
            return new TemplateText(Template.Parse(node.Text));
        }
        catch (TemplateError error)
        {
            throw node.Error($"the template is wrong: {Describe(error)}");
        }
    }

    /// <summary>Renders it.</summary>
    /// <exception cref="FormatException">It fails; with the line and the column in it.</exception>
    public string Render(IReadOnlyDictionary<string, object?> variables, ReadOnlyMemory<byte>? payload = null)
    {
        try
        {
            return _template.Render(new TemplateContext { Variables = variables, Payload = payload }).Text;
        }
        catch (TemplateError error)
        {
            throw new FormatException($"the template fails: {Describe(error)}");
        }
    }

    private static string Describe(TemplateError error) =>
        error.Line > 0 ? $"line {error.Line}, column {error.Column}: {error.Message}" : error.Message;
}
