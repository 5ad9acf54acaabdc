using System.Globalization;
using System.Numerics;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Time;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Text;

/// <summary>How one value is written: Python's format specification, for which % is a special case.</summary>
internal sealed record FormatSpec
{
    private const int MaxPrecision = 400;

    public char Fill { get; init; } = ' ';

    /// <summary>&lt;, &gt;, ^, = or none.</summary>
    public char Align { get; init; }

    /// <summary>+, -, blank or none.</summary>
    public char Sign { get; init; }

    public bool Alternate { get; init; }

    public int Width { get; init; }

    /// <summary>, or _ or none.</summary>
    public char Group { get; init; }

    public int Precision { get; init; } = -1;

    public char Type { get; init; }

    /// <summary>A zero before the width: numbers are filled with zeros after the sign.</summary>
    public bool Zeros { get; init; }

    /// <summary>The option z.</summary>
    public bool NoNegativeZero { get; init; }

    public static FormatSpec Parse(string text)
    {
        var spec = new FormatSpec();
        var at = 0;
        if (text.Length > 1 && text[1] is '<' or '>' or '^' or '=')
        {
            (spec, at) = (spec with { Fill = text[0], Align = text[1] }, 2);
        }
        else if (text.Length > 0 && text[0] is '<' or '>' or '^' or '=')
        {
            (spec, at) = (spec with { Align = text[0] }, 1);
        }

        if (at < text.Length && text[at] is '+' or '-' or ' ')
        {
            spec = spec with { Sign = text[at++] };
        }

        if (at < text.Length && text[at] == 'z')
        {
            (spec, at) = (spec with { NoNegativeZero = true }, at + 1);
        }

        if (at < text.Length && text[at] == '#')
        {
            (spec, at) = (spec with { Alternate = true }, at + 1);
        }

        if (at < text.Length && text[at] == '0')
        {
            spec = spec.Align == '\0' ? spec with { Fill = '0', Zeros = true } : spec;
            at++;
        }

        spec = spec with { Width = Number(text, ref at, 0) };
        if (at < text.Length && text[at] is ',' or '_')
        {
            spec = spec with { Group = text[at++] };
        }

        if (at < text.Length && text[at] == '.')
        {
            at++;
            spec = spec with { Precision = Number(text, ref at, -1) };
            if (spec.Precision < 0)
            {
                throw Fail.Value("Format specifier missing precision");
            }
        }

        return at == text.Length ? spec
            : at + 1 == text.Length ? spec with { Type = text[at] }
            : throw Fail.Value($"Invalid format specifier '{text}'");
    }

    public string Write(RenderState state, object? value)
    {
        state.Charge(Width);
        switch (value)
        {
            case long or BigInteger or bool when Type is '\0' or 'd' or 'n' or 'b' or 'o' or 'x' or 'X' or 'c':
                if (Precision >= 0)
                {
                    throw Fail.Value("Precision not allowed in integer format specifier");
                }

                return Type == 'c' ? Padded(Encodings.Character(Numbers.ToIndex(value)), "", '<') : Integer(Numbers.ToBig(value));
            case long or BigInteger or bool or double when Type is '\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%' or 'n':
                return Float(Numbers.ToDouble(value));
            case long or BigInteger or bool or double:
                throw Fail.Value($"Unknown format code '{Type}' for object of type '{Types.Name(value)}'");
            case string or Markup when Type is '\0' or 's':
                var text = Types.AsText(value)!;
                if (Align == '=' || Sign != '\0' || Group != '\0')
                {
                    throw Fail.Value("a text has no sign, no '=' alignment and no separators in its format specifier");
                }

                return Padded(Precision >= 0 ? string.Concat(Types.CodePoints(text).Take(Precision)) : text, "", '<');
            case string or Markup:
                throw Fail.Value($"Unknown format code '{Type}' for object of type 'str'");
            case Undefined when Type == '\0' && Width == 0:
                return "";
            default:
                throw Fail.Type($"unsupported format string passed to {Types.Name(value)}.__format__; use | string first");
        }
    }

    public string Integer(BigInteger number)
    {
        var digits = Type switch
        {
            'x' or 'X' => Radix(BigInteger.Abs(number), 4),
            'o' => Radix(BigInteger.Abs(number), 3),
            'b' => Radix(BigInteger.Abs(number), 1),
            _ => Numbers.Text(BigInteger.Abs(number)),
        };
        digits = Type == 'X' ? digits.ToUpperInvariant() : digits;
        digits = Precision > digits.Length ? new string('0', Math.Min(Precision, MaxPrecision) - digits.Length) + digits : digits;
        var radix = Type is 'x' or 'X' or 'o' or 'b';
        return Number(digits, "", radix ? 4 : 3, SignOf(number.Sign < 0) + (Alternate && radix ? "0" + Type : ""));
    }

    public string Float(double value)
    {
        if (Precision > MaxPrecision)
        {
            throw Fail.Value($"the precision must not be more than {MaxPrecision}");
        }

        var text = Type switch
        {
            _ when !double.IsFinite(value) => (double.IsNaN(value) ? "nan" : "inf") + (Type == '%' ? "%" : ""),
            'f' or 'F' => Rounding.Fixed(value, Precision < 0 ? 6 : Precision) + (Alternate && Precision == 0 ? "." : ""),
            '%' => Rounding.Fixed(value * 100, Precision < 0 ? 6 : Precision) + "%",
            'e' or 'E' => Scientific(value, Precision < 0 ? 6 : Precision),
            '\0' when Precision < 0 => Numbers.Text(Math.Abs(value)),
            _ => General(value, Precision < 0 ? 6 : Math.Max(1, Precision), Type == '\0'),
        };
        text = Type is 'E' or 'F' or 'G' ? text.ToUpperInvariant() : text;
        var end = 0;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        var negative = value < 0 || (value == 0 && double.IsNegative(value));
        negative &= !NoNegativeZero || text.AsSpan().IndexOfAnyInRange('1', '9') >= 0;
        return Number(text[..end], text[end..], 3, SignOf(negative));
    }

    private static string Scientific(double value, int precision)
    {
        var (digits, exponent) = Rounding.Significant(value, precision + 1);
        return (precision == 0 ? digits : $"{digits[0]}.{digits[1..]}") + Exponent(exponent);
    }

    /// <summary>Groups the digits before the point and fills up to the width. Zeros that fill it are grouped too.</summary>
    private string Number(string digits, string rest, int size, string prefix)
    {
        var zeros = Zeros || (Fill == '0' && Align == '=');
        while (zeros && Group != '\0' && digits.Length > 0 && prefix.Length + Grouped(digits, size).Length + rest.Length < Width)
        {
            // Many zeros at once where many are missing; one by one at the end.
            var missing = Width - prefix.Length - Grouped(digits, size).Length - rest.Length;
            digits = new string('0', Math.Max(1, missing * size / (size + 1) - 1)) + digits;
        }

        var spec = Zeros ? this with { Align = '=' } : this;
        return spec.Padded(Grouped(digits, size) + rest, prefix, '>');
    }

    private string General(double value, int precision, bool point)
    {
        var (digits, exponent) = Rounding.Significant(value, precision);
        var scientific = exponent < -4 || exponent >= precision - (point ? 1 : 0);
        digits = Alternate ? digits : digits.TrimEnd('0');
        digits = digits.Length == 0 ? "0" : digits;
        if (scientific)
        {
            return (digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}") + Exponent(exponent);
        }

        if (exponent < 0)
        {
            return "0." + new string('0', -exponent - 1) + digits;
        }

        return digits.Length > exponent + 1
            ? $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}"
            : digits.PadRight(exponent + 1, '0') + (point ? ".0" : Alternate ? "." : "");
    }

    private static string Exponent(int exponent) =>
        string.Create(CultureInfo.InvariantCulture, $"e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");

    private static string Radix(BigInteger number, int bits)
    {
        if (number.IsZero)
        {
            return "0";
        }

        var digits = new System.Text.StringBuilder();
        for (var shift = ((int)number.GetBitLength() - 1) / bits * bits; shift >= 0; shift -= bits)
        {
            digits.Append("0123456789abcdef"[(int)((number >> shift) & ((1 << bits) - 1))]);
        }

        return digits.ToString();
    }

    private string SignOf(bool negative) => negative ? "-" : Sign is '+' or ' ' ? Sign.ToString() : "";

    private string Grouped(string digits, int size)
    {
        if (Group == '\0')
        {
            return digits;
        }

        var result = new System.Text.StringBuilder();
        for (var at = 0; at < digits.Length; at++)
        {
            if (at > 0 && (digits.Length - at) % size == 0)
            {
                result.Append(Group);
            }

            result.Append(digits[at]);
        }

        return result.ToString();
    }

    private string Padded(string body, string prefix, char align)
    {
        var missing = Width - (int)Types.Length(body) - prefix.Length;
        if (missing <= 0)
        {
            return prefix + body;
        }

        return (Align == '\0' ? align : Align) switch
        {
            '<' => prefix + body + new string(Fill, missing),
            '>' => new string(Fill, missing) + prefix + body,
            '=' => prefix + new string(Fill, missing) + body,
            _ => new string(Fill, missing / 2) + prefix + body + new string(Fill, missing - (missing / 2)),
        };
    }

    private static int Number(string text, ref int at, int none)
    {
        var from = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return from == at ? none : at - from <= 7
            ? int.Parse(text.AsSpan(from, at - from), CultureInfo.InvariantCulture)
            : throw Fail.Limit("a width or precision has too many digits");
    }

    /// <summary>format(value, spec).</summary>
    public static string Format(RenderState state, object? value, string spec) => value switch
    {
        DateTimeValue time when spec.Length > 0 => StrfTime.Checked(state, time, spec),
        DateValue date when spec.Length > 0 => StrfTime.Checked(state, new(date.Date.ToDateTime(default), null), spec),
        _ when spec.Length == 0 => Show.Text(value),
        _ => Parse(spec).Write(state, value),
    };
}
