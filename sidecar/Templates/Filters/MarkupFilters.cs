using System.Text;
using System.Text.RegularExpressions;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Json;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Filters for HTML; what they return is safe text.</summary>
internal static partial class MarkupFilters
{
    public static IEnumerable<Entry> All =>
    [
        new(Use.Filter, "e", "value", Escape),
        new(Use.Filter, "escape", "value", Escape),
        new(Use.Filter, "forceescape", "value", (state, a) => Charged(state, Markup.Escape(a.Shown(0)))),
        new(Use.Filter, "safe", "value", (_, a) => new Markup(a.Shown(0))),
        new(Use.Filter, "tojson", "value indent?", ToJson),
        new(Use.Filter, "striptags", "value", (state, a) => StripTags(state, a.Shown(0))),
        new(Use.Filter, "xmlattr", "d autospace?", XmlAttributes),
        new(Use.Filter, "urlize", "value *rest **options", Urlize),
    ];

    private static object? Escape(RenderState state, Arguments a) =>
        a[0] is Markup ? a[0] : Charged(state, Markup.Escape(a.Shown(0)));

    private static Markup Charged(RenderState state, string text)
    {
        state.Charge(text.Length);
        return new Markup(text);
    }

    private static object? ToJson(RenderState state, Arguments a)
    {
        var text = JsonWriter.Write(state, a[0], new(Python: true, Ascii: true, a.Small(1, 0), Sort: true));
        return new Markup(text.Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal)
            .Replace("&", "\\u0026", StringComparison.Ordinal).Replace("'", "\\u0027", StringComparison.Ordinal));
    }

    private static string StripTags(RenderState state, string text)
    {
        state.Charge(text.Length);
        var result = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '<')
            {
                var comment = string.CompareOrdinal(text, at, "<!--", 0, 4) == 0;
                var end = text.IndexOf(comment ? "-->" : ">", at, StringComparison.Ordinal);
                if (end >= 0)
                {
                    at = end + (comment ? 2 : 0);
                    continue;
                }
            }

            result.Append(text[at]);
        }

        var words = Splitting.Split(state, result.ToString(), null, -1);
        return System.Net.WebUtility.HtmlDecode(string.Join(' ', words));
    }

    private static object? XmlAttributes(RenderState state, Arguments a)
    {
        var parts = new List<string>();
        foreach (var (key, value) in a[0] as DictValue ?? throw SequenceFilters.NoDict("xmlattr", a[0]))
        {
            if (value is null or Undefined)
            {
                continue;
            }

            var name = Show.Text(key);
            if (name.Any(c => " \t\n\r\f/>=".Contains(c, StringComparison.Ordinal)))
            {
                throw Fail.Value($"Invalid character in attribute name: '{name}'");
            }

            parts.Add($"{Markup.Escape(name)}=\"{Markup.Escape(value)}\"");
        }

        return Charged(state, (parts.Count > 0 && a.Flag(1, true) ? " " : "") + string.Join(' ', parts));
    }

    /// <summary>Makes links of the addresses in a text, without Jinja's options.</summary>
    private static object? Urlize(RenderState state, Arguments a)
    {
        var text = Markup.Escape(a[0]);
        state.Charge(text.Length, 2);
        state.Steps(text.Length / 16);
        return Address().Replace(text, match =>
            $"<a href=\"{(match.Value[0] == 'w' ? "https://" : "")}{match.Value}\" rel=\"noopener\">{match.Value}</a>");
    }

    [GeneratedRegex(
        @"(?<!\S)(?:https?://|www\.)(?:[\w%-]+\.)*(?:[a-z]{2,63}|[0-9]{1,3}(?:\.[0-9]{1,3}){3})" +
        @"(?::[0-9]{1,5})?(?:[/?#]\S*)?(?!\S)",
        RegexOptions.None,
        100)]
    private static partial Regex Address();
}
