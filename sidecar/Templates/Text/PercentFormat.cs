using System.Numerics;
using System.Text;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Text;

/// <summary>Python's <c>text % values</c>.</summary>
internal static class PercentFormat
{
    public static object Format(RenderState state, object? format, object? values)
    {
        var markup = format is Markup;
        var items = values as TupleValue;
        var writer = new Writer(state, Types.AsText(format)!, items is null ? [values]
            : items.Items, values as DictValue, markup);
        var text = writer.Write();
        var rest = items is not null ? writer.Used < items.Count : writer.Used == 0
            && values is not (DictValue or ListValue or RangeValue or byte[] or Undefined);
        if (rest && !writer.UsedNames)
        {
            throw Fail.Type("not all arguments converted during string formatting");
        }

        return markup ? new Markup(text) : text;
    }

    private sealed class Writer(RenderState state, string format, object?[] values, DictValue? names, bool escape)
    {
        private int _at;

        public int Used { get; private set; }

        public bool UsedNames { get; private set; }

        public string Write()
        {
            var result = new StringBuilder();
            while (_at < format.Length)
            {
                var next = format.IndexOf('%', _at);
                if (next < 0)
                {
                    result.Append(format, _at, format.Length - _at);
                    break;
                }

                result.Append(format, _at, next - _at);
                _at = next + 1;
                var part = Conversion();
                state.Charge(part.Length);
                result.Append(part);
            }

            return result.ToString();
        }

        private char Peek() =>
            _at < format.Length ? format[_at] : throw Fail.Value("incomplete format: write %% for a percent sign");

        private string Conversion()
        {
            string? name = null;
            if (Peek() == '(')
            {
                var end = format.IndexOf(')', _at);
                name = end < 0 ? throw Fail.Value("incomplete format key") : format[(_at + 1)..end];
                _at = end + 1;
            }

            return Rest(name);
        }

        private string Rest(string? name)
        {
            var spec = new FormatSpec();
            bool left = false, zero = false;
            for (; Peek() is '-' or '+' or ' ' or '#' or '0'; _at++)
            {
                left |= format[_at] == '-';
                zero |= format[_at] == '0';
                spec = format[_at] switch
                {
                    '+' => spec with { Sign = '+' },
                    ' ' when spec.Sign == '\0' => spec with { Sign = ' ' },
                    '#' => spec with { Alternate = true },
                    _ => spec,
                };
            }

            var width = Count();
            left |= width < 0;
            spec = spec with { Width = Math.Abs(width) };
            if (Peek() == '.')
            {
                _at++;
                spec = spec with { Precision = Math.Max(0, Count()) };
            }

            while (Peek() is 'h' or 'l' or 'L')
            {
                _at++;
            }

            var type = Peek();
            _at++;
            if (type == '%')
            {
                return spec == new FormatSpec() && !zero && !left
                    ? "%"
                    : throw Fail.Value("unsupported format character '%': write %% for a percent sign");
            }

            return Converted(type, name, spec with { Align = left ? '<' : '>', Type = type }, zero && !left);
        }

        private string Converted(char type, string? name, FormatSpec spec, bool zero)
        {
            var value = name is null ? Next() : Named(name);
            switch (type)
            {
                case 's' or 'r' or 'a':
                    var text = type == 's' ? Show.Text(value) : Show.Repr(value);
                    text = type == 'a' ? Encodings.Ascii(text) : text;
                    text = escape ? type == 's' ? Markup.Escape(value) : Markup.Escape(text) : text;
                    return (spec with { Type = 's' }).Write(state, text);
                case 'c':
                    return (spec with { Type = 's' }).Write(state, value is long or bool
                        ? Encodings.Character(Numbers.ToIndex(value))
                        : Types.AsText(value) is { } letter && Types.Length(letter) == 1 ? letter
                        : throw Fail.Type($"%c requires an int or a unicode character, not {Types.Name(value)}"));
                case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                    state.Charge(spec.Width);
                    spec = zero ? spec with { Fill = '0', Align = '=' } : spec;
                    return (spec with { Type = type is 'i' or 'u' ? 'd' : type }).Integer(Whole(type, value));
                case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                    state.Charge(spec.Width);
                    spec = zero ? spec with { Fill = '0', Align = '=' } : spec;
                    return spec.Float(Types.IsNumber(value)
                        ? Numbers.ToDouble(value!)
                        : throw Wrong($"must be real number, not {Types.Name(value)}", value));
                default:
                    throw Fail.Value($"unsupported format character '{type}': use s, d, f, e, g, x, o or c");
            }
        }

        private static BigInteger Whole(char type, object? value) => value switch
        {
            long or bool or BigInteger => Numbers.ToBig(value),
            double real when type is 'd' or 'i' or 'u' => Numbers.ToBig(Numbers.Truncate(real)),
            _ => throw Wrong(
                type is 'd' or 'i' or 'u'
                    ? $"%{type} format: a real number is required, not {Types.Name(value)}"
                    : $"%{type} format: an integer is required, not {Types.Name(value)}",
                value),
        };

        private static TemplateError Wrong(string message, object? value) =>
            value is Undefined undefined && !message.Contains("an integer", StringComparison.Ordinal)
            ? undefined.Error()
            : Fail.Type(value is string ? message + "; use | float or | int first" : message);

        private int Count()
        {
            if (Peek() == '*')
            {
                _at++;
                return (int)Math.Clamp(Numbers.ToIndex(Next()), -100_000, 100_000);
            }

            var count = 0;
            for (; char.IsAsciiDigit(Peek()); _at++)
            {
                count = Math.Min((count * 10) + format[_at] - '0', 10_000_000);
            }

            return count;
        }

        private object? Next() =>
            Used < values.Length ? values[Used++] : throw Fail.Type("not enough arguments for format string");

        private object? Named(string name)
        {
            UsedNames = true;
            return names is null ? throw Fail.Type("format requires a mapping")
                : names.TryGet(name, out var value) ? value : throw Fail.Key($"'{name}'");
        }
    }
}
