using System.Text;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Text;

/// <summary>Python's str.format().</summary>
internal static class StrFormat
{
    public static object Format(RenderState state, object format, object?[] values, DictValue names)
    {
        var writer = new Writer(state, values, names, format is Markup);
        var text = writer.Write(Types.AsText(format)!, 0);
        return format is Markup ? new Markup(text) : text;
    }

    private sealed class Writer(RenderState state, object?[] values, DictValue names, bool escape)
    {
        private int _automatic;

        public string Write(string format, int depth)
        {
            var result = new StringBuilder();
            for (var at = 0; at < format.Length; at++)
            {
                var c = format[at];
                if (c is not ('{' or '}'))
                {
                    result.Append(c);
                }
                else if (at + 1 < format.Length && format[at + 1] == c)
                {
                    result.Append(c);
                    at++;
                }
                else if (c == '}')
                {
                    throw Fail.Value("Single '}' encountered in format string: write }}");
                }
                else
                {
                    var end = End(format, at + 1);
                    var field = Field(format[(at + 1)..end], depth);
                    state.Charge(field.Length);
                    result.Append(field);
                    at = end;
                }
            }

            return result.ToString();
        }

        private static int End(string format, int from)
        {
            var depth = 1;
            for (var at = from; at < format.Length; at++)
            {
                depth += format[at] switch { '{' => 1, '}' => -1, _ => 0 };
                if (depth == 0)
                {
                    return at;
                }
            }

            throw Fail.Value("expected '}' before end of string: write {{ for a brace");
        }

        private string Field(string field, int depth)
        {
            if (depth > 1)
            {
                throw Fail.Value("Max string recursion exceeded");
            }

            state.Step();
            var spec = "";
            var split = field.AsSpan().IndexOfAny('!', ':');
            var conversion = '\0';
            var name = split < 0 ? field : field[..split];
            if (split >= 0 && field[split] == '!')
            {
                conversion = split + 1 < field.Length ? field[split + 1] : throw Fail.Value("unmatched '{' in format spec");
                split = split + 2 < field.Length ? split + 2 : -1;
                if (split >= 0 && field[split] != ':')
                {
                    throw Fail.Value("expected ':' after conversion specifier");
                }
            }

            if (split >= 0)
            {
                spec = Write(field[(split + 1)..], depth + 1);
            }

            var value = Value(name);
            value = conversion switch
            {
                '\0' => value,
                's' => Show.Text(value),
                'r' => Show.Repr(value),
                'a' => Encodings.Ascii(Show.Repr(value)),
                _ => throw Fail.Value($"Unknown conversion specifier {conversion}"),
            };
            var text = FormatSpec.Format(state, value, spec);
            return escape && value is not Markup ? Markup.Escape(text) : text;
        }

        private object? Value(string name)
        {
            var end = name.AsSpan().IndexOfAny('.', '[');
            var first = end < 0 ? name : name[..end];
            object? value;
            if (first.Length == 0)
            {
                value = Positional(_automatic++);
            }
            else if (int.TryParse(first, out var index))
            {
                value = Positional(index);
            }
            else if (!names.TryGet(first, out value))
            {
                throw Fail.Key($"'{first}'");
            }

            while (end >= 0 && end < name.Length)
            {
                if (name[end] == '.')
                {
                    var next = name.AsSpan(end + 1).IndexOfAny('.', '[');
                    var part = next < 0 ? name[(end + 1)..] : name.Substring(end + 1, next);
                    value = Access.Attribute(value, part);
                    end = next < 0 ? -1 : end + 1 + next;
                }
                else
                {
                    var close = name.IndexOf(']', end);
                    var key = close < 0 ? throw Fail.Value("Missing ']' in format string") : name[(end + 1)..close];
                    value = Access.Item(value, int.TryParse(key, out var at) ? Numbers.Box(at) : key);
                    end = close + 1 < name.Length ? close + 1 : -1;
                }
            }

            return value;
        }

        private object? Positional(int index) =>
            index >= 0 && index < values.Length ? values[index] : throw Fail.Index("tuple index out of range");
    }
}
