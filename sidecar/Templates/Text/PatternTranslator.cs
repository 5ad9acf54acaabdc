using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace HaNatsBridge.Templates.Text;

/// <summary>Makes a .NET expression of a Python one.</summary>
/// <remarks>
/// Matched without backtracking. Lookaround and backreferences need backtracking: such an expression gets a short time limit.
/// Groups are numbered only, because .NET numbers groups with names after the others and Python does not.
/// </remarks>
internal sealed partial class PatternTranslator(string pattern)
{
    private const int MaxLength = 2000;
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(100);

    private readonly StringBuilder _out = new();
    private readonly Dictionary<string, int> _names = [];
    private RegexOptions _options = RegexOptions.CultureInvariant;
    private int _groups;
    private int _depth;
    private bool _backtracks;
    private int _at;

    public static Pattern Compile(string pattern, bool ignoreCase, bool atStart)
    {
        if (pattern.Length > MaxLength)
        {
            throw Fail.Pattern($"the regular expression is longer than {MaxLength} characters");
        }

        var translator = new PatternTranslator(pattern);
        translator.Translate();
        var text = atStart ? $"\\A(?:{translator._out})" : translator._out.ToString();
        var options = translator._options | (ignoreCase ? RegexOptions.IgnoreCase : 0);
        try
        {
            // Without the other group syntax: plain parentheses count.
            var regex = translator._backtracks
                ? new Regex(text, options, Timeout)
                : new Regex(text, options | RegexOptions.NonBacktracking);
            return new(regex, translator._groups, translator._names);
        }
        catch (RegexParseException error)
        {
            throw Fail.Pattern($"the regular expression '{pattern}' is wrong: {error.Error}");
        }
        catch (NotSupportedException)
        {
            throw Fail.Pattern($"the regular expression '{pattern}' is too large or uses a construct that is not supported");
        }
        catch (ArgumentException error)
        {
            throw Fail.Pattern($"the regular expression '{pattern}' is wrong: {error.Message}");
        }
    }

    private TemplateError Wrong(string message) =>
        Fail.Pattern($"{message} at position {_at} of the regular expression '{pattern}'");

    private void Translate()
    {
        while (_at < pattern.Length)
        {
            var c = pattern[_at];
            switch (c)
            {
                case '\\':
                    Escape(false);
                    break;
                case '[':
                    Class();
                    break;
                case '(':
                    Group();
                    break;
                case ')':
                    _depth--;
                    _out.Append(c);
                    _at++;
                    break;
                case '{':
                    Repeat();
                    break;
                case '*' or '+' or '?':
                    _out.Append(c);
                    _at++;
                    RefusePossessive();
                    break;
                case '#' or ' ' when _options.HasFlag(RegexOptions.IgnorePatternWhitespace) && c == '#':
                    var end = pattern.IndexOf('\n', _at);
                    _at = end < 0 ? pattern.Length : end + 1;
                    break;
                default:
                    _out.Append(c);
                    _at++;
                    break;
            }
        }

        if (_depth > 0)
        {
            throw Wrong("missing ), unterminated subpattern");
        }
    }

    private void RefusePossessive()
    {
        if (_at < pattern.Length && pattern[_at] == '+')
        {
            throw Wrong("possessive quantifiers are not supported");
        }
    }

    private void Escape(bool inClass)
    {
        if (_at + 1 >= pattern.Length)
        {
            throw Wrong("bad escape (end of pattern)");
        }

        var c = pattern[_at + 1];
        _at += 2;
        switch (c)
        {
            case 'Z' when !inClass:
                _out.Append("\\z");
                break;
            case 'A' or 'b' or 'B' when !inClass:
                _out.Append('\\').Append(c);
                break;
            case 'd' or 'D' or 's' or 'S' or 'w' or 'W' or 'a' or 'b' or 'f' or 'n' or 'r' or 't' or 'v':
                _out.Append('\\').Append(c);
                break;
            case 'x':
                Literal(Hex(2));
                break;
            case 'u':
                Literal(Hex(4));
                break;
            case 'U':
                Literal(Hex(8));
                break;
            case '0':
                Literal(Octal(2, 0));
                break;
            case >= '1' and <= '9':
                Reference(c, inClass);
                break;
            default:
                if (char.IsAsciiLetter(c))
                {
                    _at -= 2;
                    throw Wrong($"bad escape \\{c}");
                }

                Literal(c);
                break;
        }
    }

    private void Reference(char first, bool inClass)
    {
        var digits = _at < pattern.Length && char.IsAsciiDigit(pattern[_at]) ? 2 : 1;
        if (inClass
            || (digits == 2 && _at + 1 < pattern.Length && first < '4' && pattern[_at] < '8'
                && pattern[_at + 1] is >= '0' and <= '7'))
        {
            Literal(Octal(2, first - '0'));
            return;
        }

        var number = int.Parse(pattern.AsSpan(_at - 1, digits), CultureInfo.InvariantCulture);
        _at += digits - 1;
        Backreference(number);
    }

    private void Backreference(int number)
    {
        if (number > _groups)
        {
            throw Wrong($"invalid group reference {number}");
        }

        _backtracks = true;
        _out.Append(CultureInfo.InvariantCulture, $"(?:\\{number})");
    }

    private void Literal(long code)
    {
        if (code > 0x10FFFF)
        {
            throw Wrong("bad escape");
        }

        foreach (var c in code > 0xFFFF ? char.ConvertFromUtf32((int)code) : ((char)code).ToString())
        {
            _ = char.IsAsciiLetterOrDigit(c) ? _out.Append(c) : _out.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }
    }

    private long Hex(int digits)
    {
        if (_at + digits > pattern.Length || !uint.TryParse(
            pattern.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            throw Wrong("incomplete escape");
        }

        _at += digits;
        return value;
    }

    private int Octal(int more, int value)
    {
        for (; more > 0 && _at < pattern.Length && pattern[_at] is >= '0' and <= '7'; more--)
        {
            value = (value * 8) + pattern[_at++] - '0';
        }

        return value;
    }

    private void Class()
    {
        _out.Append('[');
        _at++;
        if (_at < pattern.Length && pattern[_at] == '^')
        {
            _out.Append('^');
            _at++;
        }

        for (var first = true; ; first = false)
        {
            if (_at >= pattern.Length)
            {
                throw Wrong("unterminated character set");
            }

            var c = pattern[_at];
            if (c == ']' && !first)
            {
                _out.Append(']');
                _at++;
                return;
            }

            if (c == '\\')
            {
                Escape(true);
            }
            else
            {
                // "[a-z-[aeiou]]" means something else in .NET.
                _ = c is '[' or ']' ? _out.Append('\\').Append(c) : _out.Append(c);
                _at++;
            }
        }
    }

    private void Repeat()
    {
        var end = pattern.IndexOf('}', _at);
        var inner = end < 0 ? "" : pattern[(_at + 1)..end];
        var parts = inner.Split(',');
        var counts = inner.Length > 0 && inner != "," && parts.Length <= 2 && parts.All(part => part.All(char.IsAsciiDigit));
        if (!counts)
        {
            _out.Append("\\{");
            _at++;
            return;
        }

        if (parts.Any(part => part.Length > 4 || (part.Length > 0 && int.Parse(part, CultureInfo.InvariantCulture) > 1000)))
        {
            throw Wrong("a repetition of more than 1000");
        }

        _out.Append('{').Append(parts[0].Length == 0 ? "0" : parts[0]).Append(parts.Length == 2 ? "," + parts[1]
            : "").Append('}');
        _at = end + 1;
        RefusePossessive();
    }
}
