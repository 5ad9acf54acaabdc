using System.Globalization;
using System.Numerics;

namespace HaNatsBridge.Templates.Values;

/// <summary>Rounds the exact binary value of a float, half to even, as Python does.</summary>
internal static class Rounding
{
    /// <summary>round(value, digits) for digits other than none.</summary>
    public static double Round(double value, int digits)
    {
        if (!double.IsFinite(value) || value == 0 || digits > 323)
        {
            return value;
        }

        if (digits < -308)
        {
            return value < 0 ? -0.0 : 0.0;
        }

        if (digits is >= 0 and <= 15)
        {
            var power = Power(digits);
            var scaled = value * power;
            var whole = Math.Round(scaled);
            // Far from a tie, the product's own rounding does not matter, and both numbers of the division are exact.
            if (Math.Abs(scaled) < 1e15 && Math.Abs(Math.Abs(scaled - whole) - 0.5) > 1e-3)
            {
                return whole == 0 ? Math.CopySign(0.0, value) : whole / power;
            }
        }

        var text = Scaled(Math.Abs(value), digits).ToString(CultureInfo.InvariantCulture) + "E" +
            (-digits).ToString(CultureInfo.InvariantCulture);
        return Math.CopySign(double.Parse(text, CultureInfo.InvariantCulture), value);
    }

    /// <summary>round(value) to an integer.</summary>
    public static object Round(double value) =>
        Numbers.Truncate(double.IsFinite(value) ? Math.Round(value, MidpointRounding.ToEven) : value);

    /// <summary>The decimal digits of |value| with so many after the point.</summary>
    public static string Fixed(double value, int decimals)
    {
        var digits = Scaled(Math.Abs(value), decimals).ToString(CultureInfo.InvariantCulture);
        if (decimals == 0)
        {
            return digits;
        }

        digits = digits.PadLeft(decimals + 1, '0');
        return $"{digits[..^decimals]}.{digits[^decimals..]}";
    }

    /// <summary>|value| as so many significant digits and the exponent of the first one.</summary>
    public static (string Digits, int Exponent) Significant(double value, int count)
    {
        value = Math.Abs(value);
        if (value == 0)
        {
            return (new string('0', count), 0);
        }

        var exponent = (int)Math.Floor(Math.Log10(value));
        while (true)
        {
            var digits = Scaled(value, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
            if (digits.Length == count)
            {
                return (digits, exponent);
            }

            // The logarithm was not exact, or 9.99 became 10.0.
            exponent += digits.Length > count ? 1 : -1;
        }
    }

    private static double Power(int digits) => digits switch
    {
        0 => 1,
        1 => 10,
        2 => 100,
        3 => 1000,
        _ => Math.Pow(10, digits),
    };

    /// <summary>value × 10^digits, rounded half to even.</summary>
    private static BigInteger Scaled(double value, int digits)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        BigInteger numerator = exponent == 0 ? bits & 0xFFFFFFFFFFFFF : (bits & 0xFFFFFFFFFFFFF) | 0x10000000000000;
        exponent = Math.Max(exponent, 1) - 1075;
        var denominator = BigInteger.One;
        if (exponent >= 0)
        {
            numerator <<= exponent;
        }
        else
        {
            denominator <<= -exponent;
        }

        if (digits >= 0)
        {
            numerator *= BigInteger.Pow(10, digits);
        }
        else
        {
            denominator *= BigInteger.Pow(10, -digits);
        }

        var whole = BigInteger.DivRem(numerator, denominator, out var rest);
        var twice = (rest * 2).CompareTo(denominator);
        return twice > 0 || (twice == 0 && !whole.IsEven) ? whole + 1 : whole;
    }
}
