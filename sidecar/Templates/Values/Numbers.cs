using System.Globalization;
using System.Numerics;

namespace HaNatsBridge.Templates.Values;

/// <summary>Python's int and float: conversions from and to text.</summary>
internal static class Numbers
{
    private static readonly object[] Small = [.. Enumerable.Range(-128, 1152).Select(number => (object)(long)number)];

    public static readonly object True = true;
    public static readonly object False = false;

    public static object Box(bool value) => value ? True : False;

    public static object Box(long value) => value is >= -128 and < 1024 ? Small[value + 128] : value;

    /// <summary>A small integer where the number fits.</summary>
    public static object Box(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? Box((long)value)
        : value.GetBitLength() <= Operators.MaxBits ? value
        : throw Fail.Limit("the integer has too many digits");

    /// <summary>Whether the value equals an integer: int, bool, or a float without fraction.</summary>
    public static bool TryWhole(object? value, out object number)
    {
        switch (value)
        {
            case long or BigInteger:
                number = value;
                return true;
            case bool flag:
                number = Box(flag ? 1 : 0);
                return true;
            case double real when Math.Floor(real) == real && double.IsFinite(real):
                number = Math.Abs(real) < 9e18 ? Box((long)real) : Box(new BigInteger(real));
                return true;
            default:
                number = 0L;
                return false;
        }
    }

    public static double ToDouble(object number) => number switch
    {
        double real => real,
        long whole => whole,
        bool flag => flag ? 1 : 0,
        BigInteger big =>
            Nearest(big, 0) is var real && double.IsFinite(real) ? real
                : throw Fail.Overflow("int too large to convert to float"),
        _ => throw Fail.Type($"must be real number, not {Types.Name(number)}"),
    };

    /// <summary>The float nearest to number / 2^shift. .NET's own conversion cuts instead of rounding.</summary>
    public static double Nearest(BigInteger number, int shift)
    {
        var size = BigInteger.Abs(number);
        var extra = (int)Math.Max(0, size.GetBitLength() - 64);
        var top = (ulong)(size >> extra);
        // What is cut off decides only between two halves.
        top |= extra > 0 && (size & ((BigInteger.One << extra) - 1)) != 0 ? 1UL : 0;
        return Math.CopySign(Math.ScaleB(top, extra - shift), number.Sign);
    }

    public static BigInteger ToBig(object number) => number switch
    {
        long whole => whole,
        bool flag => flag ? 1 : 0,
        BigInteger big => big,
        _ => throw Fail.Type($"'{Types.Name(number)}' object cannot be interpreted as an integer"),
    };

    /// <summary>An index or count: an int within the range of long.</summary>
    public static long ToIndex(object? value) => value switch
    {
        long whole => whole,
        bool flag => flag ? 1 : 0,
        BigInteger => throw Fail.Overflow("the integer is too large"),
        _ => throw Fail.Type($"'{Types.Name(value)}' object cannot be interpreted as an integer"),
    };

    /// <summary>int() of a float: cuts the fraction.</summary>
    public static object Truncate(double value) =>
        double.IsNaN(value) ? throw Fail.Value("cannot convert float NaN to integer")
        : double.IsInfinity(value) ? throw Fail.Overflow("cannot convert float infinity to integer")
        : Math.Abs(value) < 9e18 ? Box((long)value)
        : Box(new BigInteger(value));

    /// <summary>float(value): null where Python raises ValueError or TypeError.</summary>
    public static double? TryFloat(object? value) => value switch
    {
        double real => real,
        string text => TryParseFloat(text, out var real) ? real : null,
        long or bool or BigInteger => ToDouble(value),
        Markup or VersionValue => TryParseFloat(Types.AsText(value)!, out var real) ? real : null,
        byte[] bytes => TryParseFloat(System.Text.Encoding.Latin1.GetString(bytes), out var real) ? real : null,
        Undefined undefined => throw undefined.Error(),
        _ => null,
    };

    /// <summary>Python's float(str).</summary>
    public static bool TryParseFloat(string text, out double value)
    {
        // The usual case needs no copy.
        var plain = true;
        foreach (var c in text)
        {
            plain &= char.IsAsciiDigit(c) || c is '.' or '-' or '+';
        }

        if (plain && text.Length is > 0 and < 300)
        {
            return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture, out value);
        }

        value = 0;
        if (Clean(text) is not { Length: > 0 } clean)
        {
            return false;
        }

        var unsigned = clean[0] is '+' or '-' ? clean[1..] : clean;
        if (unsigned.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || unsigned.Equals("infinity", StringComparison.OrdinalIgnoreCase))
        {
            value = clean[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        if (unsigned.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            value = double.NaN;
            return true;
        }

        return unsigned.Length > 0 && (char.IsAsciiDigit(unsigned[0]) || unsigned[0] == '.') && double.TryParse(
            clean,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out value);
    }

    /// <summary>Python's int(str, base): null if the text is no such number.</summary>
    public static object? TryParseInt(string text, int radix)
    {
        if (text.Length is > 0 and < 19 && radix == 10
            && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var quick))
        {
            return Box(quick);
        }

        if (Clean(text) is not { Length: > 0 } clean)
        {
            return null;
        }

        var negative = clean[0] == '-';
        var digits = clean[0] is '+' or '-' ? clean.AsSpan(1) : clean;
        if (digits is ['0', _, ..])
        {
            var prefixed = char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };
            if (prefixed != 0 && (radix == prefixed || radix == 0))
            {
                radix = prefixed;
                digits = digits[2..];
            }
            else if (radix == 0 && digits.ContainsAnyExcept('0'))
            {
                return null;
            }
        }

        radix = radix == 0 ? 10 : radix;
        if (digits.IsEmpty || digits.Length > 4300)
        {
            return null;
        }

        if (radix == 10)
        {
            return BigInteger.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
                ? Box(negative ? -parsed : parsed)
                : null;
        }

        var number = BigInteger.Zero;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : 99;
            if (digit >= radix)
            {
                return null;
            }

            number = (number * radix) + digit;
        }

        return Box(negative ? -number : number);
    }

    /// <summary>Without white space around it and underscores, with ASCII digits; null if underscores are wrong.</summary>
    private static string? Clean(string text)
    {
        text = Types.Strip(text);
        if (text.Length > 5000)
        {
            return null;
        }

        var clean = new System.Text.StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (c == '_')
            {
                if (at == 0 || at + 1 == text.Length || !char.IsAsciiLetterOrDigit(text[at - 1])
                    || !char.IsAsciiLetterOrDigit(text[at + 1]))
                {
                    return null;
                }
            }
            else if (c > 127)
            {
                var digit = CharUnicodeInfo.GetDecimalDigitValue(c);
                if (digit < 0)
                {
                    return null;
                }

                clean.Append((char)('0' + digit));
            }
            else
            {
                clean.Append(c);
            }
        }

        return clean.ToString();
    }

    /// <summary>repr(float).</summary>
    public static string Text(double value)
    {
        if (double.IsNaN(value))
        {
            return "nan";
        }

        if (double.IsInfinity(value))
        {
            return value > 0 ? "inf" : "-inf";
        }

        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var at = text.IndexOf('E', StringComparison.Ordinal);
        var sign = text[0] == '-' ? "-" : "";
        if (at < 0 && text.Length - sign.Length <= 16)
        {
            return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
        }

        if (at < 0 && text.Contains('.', StringComparison.Ordinal))
        {
            return text;
        }

        var exponent = at < 0 ? text.Length - sign.Length - 1 : int.Parse(text.AsSpan(at + 1), CultureInfo.InvariantCulture);
        var digits = at < 0 ? text[sign.Length..].TrimEnd('0') : text[sign.Length..at].Replace(".", "", StringComparison.Ordinal);
        if (exponent is >= -4 and < 16)
        {
            return exponent < 0
                ? $"{sign}0.{new string('0', -exponent - 1)}{digits}"
                : digits.Length <= exponent + 1
                    ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0"
                    : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
        }

        var mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
        return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    public static string Text(BigInteger value) => value.ToString(CultureInfo.InvariantCulture) is { Length: <= 4301 } text
        ? text
        : throw Fail.Value("an integer of more than 4300 digits cannot be printed");
}
