using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace HaNatsBridge.Templates.Text;

/// <summary>The replacement of a regular expression: text and groups.</summary>
internal sealed class Replacement
{
    private readonly List<(string? Text, int Group)> _parts = [];

    public Replacement(string template, Pattern pattern)
    {
        var text = new StringBuilder();
        for (var at = 0; at < template.Length; at++)
        {
            if (template[at] != '\\')
            {
                text.Append(template[at]);
                continue;
            }

            var c = at + 1 < template.Length ? template[at + 1]
                : throw Fail.Pattern("bad escape (end of pattern) in the replacement");
            at++;
            if (c == 'g')
            {
                var close = at + 1 < template.Length && template[at + 1] == '<' ? template.IndexOf('>', at) : -1;
                var name = close < 0 ? throw Fail.Pattern("missing group name in the replacement: write \\g<name>")
                    : template[(at + 2)..close];
                at = close;
                Flush(text);
                _parts.Add((null, Group(pattern, name)));
            }
            else if (c == '0' || (char.IsAsciiDigit(c) && IsOctal(template, at)))
            {
                var end = at;
                while (end < template.Length && end < at + 3 && template[end] is >= '0' and <= '7')
                {
                    end++;
                }

                text.Append((char)Convert.ToInt32(template[at..end], 8));
                at = end - 1;
            }
            else if (char.IsAsciiDigit(c))
            {
                var digits = at + 1 < template.Length && char.IsAsciiDigit(template[at + 1]) ? 2 : 1;
                Flush(text);
                _parts.Add((null, Group(pattern, template.Substring(at, digits))));
                at += digits - 1;
            }
            else if (char.IsAsciiLetter(c))
            {
                var simple = "abfnrtv".IndexOf(c, StringComparison.Ordinal);
                text.Append(simple >= 0 ? "\a\b\f\n\r\t\v"[simple] : throw Fail.Pattern($"bad escape \\{c} in the replacement"));
            }
            else
            {
                text.Append(c == '\\' ? "\\" : "\\" + c);
            }
        }

        Flush(text);
    }

    public string For(Match match)
    {
        if (_parts is [(string only, _)])
        {
            return only;
        }

        var text = new StringBuilder();
        foreach (var (part, group) in _parts)
        {
            text.Append(part ?? match.Groups[group].Value);
        }

        return text.ToString();
    }

    private static bool IsOctal(string template, int at) =>
        at + 2 < template.Length && template[at] < '4' && template[at + 1] is >= '0' and <= '7'
            && template[at + 2] is >= '0' and <= '7';

    private static int Group(Pattern pattern, string name)
    {
        if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return pattern.Names.TryGetValue(name, out number) ? number
                : throw new TemplateError(TemplateErrorKind.Index, $"unknown group name '{name}'");
        }

        return number <= pattern.Groups ? number : throw Fail.Pattern($"invalid group reference {number} in the replacement");
    }

    private void Flush(StringBuilder text)
    {
        if (text.Length > 0)
        {
            _parts.Add((text.ToString(), 0));
            text.Clear();
        }
    }
}
