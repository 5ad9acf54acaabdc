using System.Globalization;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Parsing;

/// <summary>Splits a template into text and the tokens inside its tags.</summary>
internal sealed class Lexer(Source source)
{
    private readonly string _text = source.Text;
    private readonly List<Token> _tokens = [];
    private int _at;

    public static List<Token> Read(Source source)
    {
        var lexer = new Lexer(source);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        // Whether the tag before the text ended in a minus.
        var trim = false;
        while (true)
        {
            var tag = NextTag(_at);
            var end = tag < 0 ? _text.Length : tag;
            var sign = tag < 0 || tag + 2 >= _text.Length ? ' ' : _text[tag + 2];
            Data(_at, end, trim, sign == '-');
            if (tag < 0)
            {
                _tokens.Add(new(TokenKind.End, "", _text.Length));
                return;
            }

            _at = tag + (sign is '-' or '+' ? 3 : 2);
            trim = _text[tag + 1] switch
            {
                '#' => Comment(tag),
                '{' => Tag(tag, TokenKind.VariableBegin, "}}", TokenKind.VariableEnd),
                _ => RawEnd(tag) is { } raw ? raw : Tag(tag, TokenKind.BlockBegin, "%}", TokenKind.BlockEnd),
            };
        }
    }

    private int NextTag(int from)
    {
        for (var at = from; (at = _text.IndexOf('{', at)) >= 0 && at + 1 < _text.Length; at++)
        {
            if (_text[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return -1;
    }

    private void Data(int from, int to, bool trimStart, bool trimEnd)
    {
        var text = Types.Strip(_text[from..to], trimStart, trimEnd);
        if (text.Length > 0)
        {
            _tokens.Add(new(TokenKind.Data, text, from));
        }
    }

    /// <summary>Skips a comment; returns whether it ended in a minus.</summary>
    private bool Comment(int tag)
    {
        var from = _at;
        var end = from <= _text.Length ? _text.IndexOf("#}", from, StringComparison.Ordinal) : -1;
        if (end < 0 && from >= _text.Length)
        {
            // As in Jinja: an empty comment at the end needs no end.
            _at = _text.Length;
            return false;
        }

        if (end < 0)
        {
            throw source.Syntax("the comment has no end: write #}", tag);
        }

        _at = end + 2;
        return end > from && _text[end - 1] == '-';
    }

    /// <summary>Reads <c>{% raw %}</c> up to its end; null if the tag is another one.</summary>
    private bool? RawEnd(int tag)
    {
        var at = SkipSpace(_at);
        if (!Matches(at, "raw"))
        {
            return null;
        }

        at = SkipSpace(at + 3);
        var trim = Matches(at, "-%}");
        if (!trim && !Matches(at, "%}"))
        {
            return null;
        }

        var from = at + (trim ? 3 : 2);
        for (var end = from; (end = _text.IndexOf("{%", end, StringComparison.Ordinal)) >= 0; end += 2)
        {
            var sign = end + 2 < _text.Length ? _text[end + 2] : ' ';
            at = SkipSpace(end + (sign is '-' or '+' ? 3 : 2));
            if (!Matches(at, "endraw"))
            {
                continue;
            }

            at = SkipSpace(at + 6);
            var signed = at < _text.Length && _text[at] is '-' or '+';
            if (Matches(at + (signed ? 1 : 0), "%}"))
            {
                Data(from, end, trim, sign == '-');
                _at = at + (signed ? 3 : 2);
                return signed && _text[at] == '-';
            }
        }

        throw source.Syntax("{% raw %} has no end: write {% endraw %}", tag);
    }

    /// <summary>Reads the tokens of a tag; returns whether it ended in a minus.</summary>
    private bool Tag(int tag, TokenKind begin, string end, TokenKind endKind)
    {
        _tokens.Add(new(begin, _text.Substring(tag, 2), tag));
        var brackets = new Stack<char>();
        while (true)
        {
            _at = SkipSpace(_at);
            if (_at >= _text.Length)
            {
                throw source.Syntax($"the tag has no end: write {end}", tag);
            }

            if (brackets.Count == 0)
            {
                var signed = _text[_at] is '-' || (_text[_at] == '+' && endKind == TokenKind.BlockEnd);
                if (Matches(_at + (signed ? 1 : 0), end))
                {
                    _tokens.Add(new(endKind, end, _at));
                    var trim = _text[_at] == '-';
                    _at += signed ? 3 : 2;
                    return trim;
                }
            }

            Next(brackets);
        }
    }

    private void Next(Stack<char> brackets)
    {
        var c = _text[_at];
        if (char.IsAsciiDigit(c))
        {
            Number();
        }
        else if (IsNameStart(c))
        {
            var from = _at;
            while (_at < _text.Length && (IsNameStart(_text[_at]) || IsNamePart(_text[_at])))
            {
                _at++;
            }

            _tokens.Add(new(TokenKind.Name, _text[from.._at], from));
        }
        else if (c is '\'' or '"')
        {
            Quoted(c);
        }
        else
        {
            Operator(brackets);
        }
    }

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_' || (c > 127 && char.IsLetter(c));

    private static bool IsNamePart(char c) => char.IsAsciiDigit(c) || (c > 127 && char.GetUnicodeCategory(c) is
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.ConnectorPunctuation);

    private void Operator(Stack<char> brackets)
    {
        var sign = _text.AsSpan(_at) switch
        {
            ['*', '*', ..] => "**",
            ['/', '/', ..] => "//",
            ['=', '=', ..] => "==",
            ['!', '=', ..] => "!=",
            ['>', '=', ..] => ">=",
            ['<', '=', ..] => "<=",
            [var c, ..] when "+-/*%~[](){}><=.:|,;".Contains(c, StringComparison.Ordinal) => c.ToString(),
            _ => throw source.Syntax(Hint(_text[_at]), _at),
        };
        if (sign is "(" or "[" or "{")
        {
            brackets.Push(sign switch { "(" => ')', "[" => ']', _ => '}' });
        }
        else if (sign is ")" or "]" or "}")
        {
            if (brackets.Count == 0)
            {
                throw source.Syntax($"unexpected '{sign}': no bracket is open", _at);
            }

            var expected = brackets.Pop();
            if (expected != sign[0])
            {
                throw source.Syntax($"unexpected '{sign}', expected '{expected}'", _at);
            }
        }

        _tokens.Add(new(TokenKind.Operator, sign, _at));
        _at += sign.Length;
    }

    private static string Hint(char c) => c switch
    {
        '&' => "unexpected '&': write and, or | bitwise_and(…)",
        '!' => "unexpected '!': write not",
        '?' => "unexpected '?': write a if condition else b",
        '`' => "unexpected '`': texts are quoted with ' or \"",
        '$' or '@' or '#' or '^' => $"unexpected '{c}': variables have no prefix, and there is no such operator",
        '\\' => "unexpected '\\' outside a text",
        _ => $"unexpected character '{c}'",
    };

    private void Number()
    {
        var from = _at;
        var radix = _text.AsSpan(_at) switch
        {
            ['0', 'x' or 'X', ..] => 16,
            ['0', 'o' or 'O', ..] => 8,
            ['0', 'b' or 'B', ..] => 2,
            _ => 10,
        };
        if (radix != 10 && Digits(_at + 2, radix, true) is var end && end > _at + 2)
        {
            _at = end;
            var digits = _text[(from + 2).._at].Replace("_", "", StringComparison.Ordinal);
            _tokens.Add(new(TokenKind.Integer, Numbers.TryParseInt(digits, radix) ?? TooLong(from), from));
            return;
        }

        var whole = Digits(_at, 10, false);
        // "a.0.1": after a dot there is no float.
        if ((_at == 0 || _text[_at - 1] != '.') && FloatEnd(whole) is { } real)
        {
            _at = real;
            var known = Numbers.TryParseFloat(_text[from.._at].Replace("_", "", StringComparison.Ordinal), out var number);
            _tokens.Add(new(TokenKind.Float, known ? number : TooLong(from), from));
            return;
        }

        // An integer that begins with 0 is only zeros.
        if (_text[_at] == '0')
        {
            whole = _at + 1;
            while (whole < _text.Length
                && (_text[whole] == '0' || (_text[whole] == '_' && whole + 1 < _text.Length && _text[whole + 1] == '0')))
            {
                whole++;
            }
        }

        _at = whole;
        _tokens.Add(new(TokenKind.Integer, Numbers.TryParseInt(_text[from.._at].Replace("_", "", StringComparison.Ordinal), 10)
            ?? TooLong(from), from));
    }

    private object TooLong(int from) => throw source.Syntax("the number has too many digits", from);

    private int Digits(int at, int radix, bool leading)
    {
        while (at < _text.Length)
        {
            var digit = at + (_text[at] == '_' && (leading || at > 0) ? 1 : 0);
            if (digit >= _text.Length || !IsDigit(_text[digit], radix)
                || (digit > at && !leading && !char.IsAsciiDigit(_text[at - 1])))
            {
                break;
            }

            at = digit + 1;
        }

        return at;
    }

    private static bool IsDigit(char c, int radix) => radix switch
    {
        16 => char.IsAsciiHexDigit(c),
        8 => c is >= '0' and <= '7',
        2 => c is '0' or '1',
        _ => char.IsAsciiDigit(c),
    };

    private int? FloatEnd(int at)
    {
        int? end = null;
        if (at + 1 < _text.Length && _text[at] == '.' && char.IsAsciiDigit(_text[at + 1]))
        {
            end = at = Digits(at + 1, 10, false);
        }

        if (at < _text.Length && _text[at] is 'e' or 'E')
        {
            var digits = at + 1 < _text.Length && _text[at + 1] is '+' or '-' ? at + 2 : at + 1;
            if (digits < _text.Length && char.IsAsciiDigit(_text[digits]))
            {
                end = Digits(digits, 10, false);
            }
        }

        return end;
    }

    private void Quoted(char quote)
    {
        var from = _at;
        for (_at++; _at < _text.Length && _text[_at] != quote; _at++)
        {
            if (_text[_at] == '\\')
            {
                _at++;
            }
        }

        if (_at >= _text.Length)
        {
            throw source.Syntax($"the text has no end: write {quote}", from);
        }

        _at++;
        var raw = _text[(from + 1)..(_at - 1)];
        var text = raw.Contains('\\', StringComparison.Ordinal) ? Escapes.Decode(raw, message => source.Syntax(message, from))
            : raw;
        _tokens.Add(new(TokenKind.Text, text, from));
    }

    private int SkipSpace(int at)
    {
        while (at < _text.Length && Types.IsSpace(_text[at]))
        {
            at++;
        }

        return at;
    }

    private bool Matches(int at, string text) => string.CompareOrdinal(_text, at, text, 0, text.Length) == 0;
}
