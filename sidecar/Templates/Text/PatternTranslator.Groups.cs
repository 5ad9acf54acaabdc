using System.Text.RegularExpressions;

namespace HaNatsBridge.Templates.Text;

/// <content>What begins with a parenthesis.</content>
internal sealed partial class PatternTranslator
{
    private void Group()
    {
        _depth++;
        var rest = pattern.AsSpan(_at);
        if (!rest.StartsWith("(?"))
        {
            _groups++;
            _out.Append('(');
            _at++;
            return;
        }

        if (rest.StartsWith("(?P<"))
        {
            var name = Name(4, '>');
            _groups++;
            if (!_names.TryAdd(name, _groups))
            {
                throw Wrong($"redefinition of group name '{name}'");
            }

            _out.Append('(');
        }
        else if (rest.StartsWith("(?P="))
        {
            var name = Name(4, ')');
            _depth--;
            Backreference(_names.TryGetValue(name, out var number) ? number : throw Wrong($"unknown group name '{name}'"));
        }
        else if (rest.StartsWith("(?#"))
        {
            var end = pattern.IndexOf(')', _at);
            _at = end < 0 ? throw Wrong("missing ), unterminated comment") : end + 1;
            _depth--;
        }
        else if (rest.StartsWith("(?:"))
        {
            Copy(3);
        }
        else if (rest.StartsWith("(?=") || rest.StartsWith("(?!"))
        {
            _backtracks = true;
            Copy(3);
        }
        else if (rest.StartsWith("(?<=") || rest.StartsWith("(?<!"))
        {
            _backtracks = true;
            Copy(4);
        }
        else if (rest.StartsWith("(?>"))
        {
            _backtracks = true;
            Copy(3);
        }
        else if (rest.StartsWith("(?("))
        {
            throw Wrong("conditional groups are not supported");
        }
        else
        {
            Flags();
        }
    }

    private void Copy(int length)
    {
        _out.Append(pattern, _at, length);
        _at += length;
    }

    private string Name(int offset, char end)
    {
        var close = pattern.IndexOf(end, _at);
        var name = close < 0 ? throw Wrong("missing group name") : pattern[(_at + offset)..close];
        if (name.Length == 0 || char.IsDigit(name[0]) || !name.All(c => char.IsLetterOrDigit(c) || c == '_'))
        {
            throw Wrong($"bad character in group name '{name}'");
        }

        _at = close + 1;
        return name;
    }

    /// <summary><c>(?i)</c> at the start of the expression, or <c>(?i:…)</c>.</summary>
    private void Flags()
    {
        var start = _at;
        var end = _at + 2;
        while (end < pattern.Length && (char.IsAsciiLetter(pattern[end]) || pattern[end] == '-'))
        {
            end++;
        }

        if (end >= pattern.Length || pattern[end] is not (')' or ':'))
        {
            throw Wrong("unknown extension");
        }

        var flags = pattern[(_at + 2)..end];
        if (flags.Any(flag => !"aiLmsux-".Contains(flag, StringComparison.Ordinal)))
        {
            throw Wrong("unknown flag");
        }

        flags = flags.Replace("a", "", StringComparison.Ordinal).Replace("u", "", StringComparison.Ordinal).Replace("L", "",
            StringComparison.Ordinal);
        _at = end + 1;
        if (pattern[end] == ':')
        {
            _out.Append("(?").Append(flags is "-" ? "" : flags).Append(':');
            return;
        }

        _depth--;
        if (start > 0)
        {
            throw Wrong("global flags not at the start of the expression");
        }

        foreach (var flag in flags)
        {
            _options |= flag switch
            {
                'i' => RegexOptions.IgnoreCase,
                'm' => RegexOptions.Multiline,
                's' => RegexOptions.Singleline,
                'x' => RegexOptions.IgnorePatternWhitespace,
                _ => throw Wrong("missing :"),
            };
        }
    }
}
