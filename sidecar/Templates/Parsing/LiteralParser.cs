using System.Globalization;
using System.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Parsing;

/// <summary>Python's <c>ast.literal_eval</c>, without complex numbers.</summary>
internal sealed class LiteralParser(string text)
{
    private const int MaxDepth = 100;

    private int _at;
    private int _depth;
    private bool _failed;

    public static bool TryParse(string text, out object? value)
    {
        var parser = new LiteralParser(text);
        try
        {
            value = parser.ParseAll();
            return !parser._failed;
        }
        catch (TemplateError)
        {
            // For instance a list as the key of a dict.
            value = null;
            return false;
        }
    }

    private object? ParseAll()
    {
        var value = ParseItems('\0', out var comma);
        Skip();
        _failed |= _at < text.Length || (value.Count == 0);
        return _failed ? null : Wrap(comma || value.Count != 1 ? new TupleValue([.. value]) { Rendered = text } : value[0]);
    }

    /// <summary>A container remembers its text: it prints as that.</summary>
    private object? Wrap(object? value) => value switch
    {
        ListValue list => new ListValue(list.Items) { Rendered = text },
        TupleValue { Rendered: null } tuple => new TupleValue(tuple.Items) { Rendered = text },
        _ => value,
    };

    private List<object?> ParseItems(char end, out bool comma)
    {
        var items = new List<object?>();
        comma = false;
        while (!_failed)
        {
            Skip();
            if (_at >= text.Length || text[_at] == end)
            {
                break;
            }

            items.Add(ParseValue());
            Skip();
            if (_at >= text.Length || text[_at] != ',')
            {
                return items;
            }

            comma = true;
            _at++;
        }

        return items;
    }

    private object? ParseValue()
    {
        Skip();
        if (_at >= text.Length || ++_depth > MaxDepth)
        {
            return Failed();
        }

        var c = text[_at];
        var value = c switch
        {
            '[' => Sequence(']'),
            '(' => Sequence(')'),
            '{' => Braces(),
            '\'' or '"' => Text(""),
            '+' or '-' => Signed(),
            _ when char.IsAsciiDigit(c) || c == '.' => Number(),
            _ when char.IsAsciiLetter(c) => Word(),
            _ => Failed(),
        };
        _depth--;
        return value;
    }

    private object? Failed()
    {
        _failed = true;
        return null;
    }

    private object? Sequence(char end)
    {
        _at++;
        var items = ParseItems(end, out var comma);
        if (!Take(end))
        {
            return Failed();
        }

        return end == ']' ? new ListValue([.. items]) : comma || items.Count == 0 ? new TupleValue([.. items]) : items[0];
    }

    private object? Braces()
    {
        _at++;
        Skip();
        if (Take('}'))
        {
            return new DictValue();
        }

        var first = ParseValue();
        Skip();
        if (_failed || _at >= text.Length || text[_at] != ':')
        {
            return Set(first);
        }

        var dict = new DictValue { Rendered = _depth == 1 ? text : null };
        for (var key = first; ; key = ParseValue())
        {
            if (!Take(':'))
            {
                return Failed();
            }

            dict.Set(key, ParseValue());
            if (!Take(','))
            {
                return Take('}') ? dict : Failed();
            }

            if (Take('}'))
            {
                return dict;
            }
        }
    }

    private object? Set(object? first)
    {
        var set = new SetValue { Rendered = _depth == 1 ? text : null };
        for (var item = first; !_failed; item = ParseValue())
        {
            set.Add(item);
            if (!Take(','))
            {
                return Take('}') ? set : Failed();
            }

            if (Take('}'))
            {
                return set;
            }
        }

        return null;
    }

    private object? Signed()
    {
        var negative = text[_at++] == '-';
        Skip();
        if (_at >= text.Length || !(char.IsAsciiDigit(text[_at]) || text[_at] == '.'))
        {
            return Failed();
        }

        var value = Number();
        return _failed || !Types.IsNumber(value) ? Failed() : negative ? Operators.Negate(value) : value;
    }

    private object? Number()
    {
        if (text.AsSpan(_at).StartsWith("..."))
        {
            _at += 3;
            return EllipsisValue.Instance;
        }

        var from = _at;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '.' or '_' ||
            (text[_at] is '+' or '-' && text[_at - 1] is 'e' or 'E'
                && !text.AsSpan(from).StartsWith("0x", StringComparison.OrdinalIgnoreCase))))
        {
            _at++;
        }

        var number = text[from.._at];
        if (number.Length > 1 && number[0] == '0' && char.ToLowerInvariant(number[1]) is 'x' or 'o' or 'b')
        {
            return Numbers.TryParseInt(number, 0) ?? Failed();
        }

        var whole = number.All(c => char.IsAsciiDigit(c) || c == '_');
        return whole ? Numbers.TryParseInt(number, 0) ?? Failed()
            : Numbers.TryParseFloat(number, out var real) ? real : Failed();
    }

    private object? Word()
    {
        var from = _at;
        while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] == '_'))
        {
            _at++;
        }

        var word = text[from.._at];
        if (_at < text.Length && text[_at] is '\'' or '"')
        {
            return word.ToLowerInvariant() is "b" or "r" or "u" or "br" or "rb" ? Text(word.ToLowerInvariant()) : Failed();
        }

        return word switch
        {
            "True" => Numbers.True,
            "False" => Numbers.False,
            "None" => null,
            "set" when Take('(') && Take(')') => new SetValue { Rendered = _depth == 1 ? text : null },
            _ => Failed(),
        };
    }

    /// <summary>A text or bytes; several side by side are one.</summary>
    private object? Text(string prefix)
    {
        var bytes = prefix.Contains('b', StringComparison.Ordinal);
        var result = new StringBuilder();
        while (true)
        {
            var quote = text[_at];
            var from = ++_at;
            var triple = text.AsSpan(from).StartsWith([quote, quote]);
            if (triple)
            {
                // Three quotes, or an empty text.
                if (from + 2 <= text.Length && from + 1 < text.Length && text[from + 1] == quote)
                {
                    return Failed();
                }
            }

            while (_at < text.Length && text[_at] != quote)
            {
                if (text[_at] == '\n' || (bytes && text[_at] > 127))
                {
                    return Failed();
                }

                _at += text[_at] == '\\' ? 2 : 1;
            }

            if (_at >= text.Length)
            {
                return Failed();
            }

            var raw = text[from.._at++];
            result.Append(prefix.Contains('r', StringComparison.Ordinal) ? raw : Escapes.Decode(raw, Fail.Value, bytes));
            Skip();
            if (_at < text.Length && text[_at] is '\'' or '"' && !bytes)
            {
                continue;
            }

            if (bytes && _at + 1 < text.Length && text[_at] is 'b' && text[_at + 1] is '\'' or '"')
            {
                _at++;
                continue;
            }

            return bytes ? Encoding.Latin1.GetBytes(result.ToString()) : result.ToString();
        }
    }

    private bool Take(char c)
    {
        Skip();
        if (_failed || _at >= text.Length || text[_at] != c)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Skip()
    {
        while (_at < text.Length && (text[_at] is ' ' or '\t' or '\f' || (_depth > 0 && text[_at] is '\n' or '\r')))
        {
            _at++;
        }
    }
}
