using System.Numerics;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Time;

namespace HaNatsBridge.Templates.Values;

/// <summary>Python's arithmetic operators.</summary>
internal static class Operators
{
    /// <summary>Size of the largest integer. Python can print 4300 digits, which are 14,284 bits.</summary>
    public const int MaxBits = 16_384;

    public static object? Add(RenderState state, object? left, object? right)
    {
        switch (left, right)
        {
            case (long a, long b):
                var sum = unchecked(a + b);
                return ((a ^ sum) & (b ^ sum)) < 0 ? Numbers.Box((BigInteger)a + b) : Numbers.Box(sum);
            case (double a, double b):
                return a + b;
            case (string a, string b):
                state.Charge((long)a.Length + b.Length);
                return a + b;
            case (Markup a, string or Markup):
                return new Markup(Joined(state, a.Text, Markup.Escape(right)));
            case (string a, Markup b):
                return new Markup(Joined(state, Markup.Escape(a), b.Text));
            case (ListValue a, ListValue b):
                return new ListValue(Joined(state, a.Items, b.Items));
            case (TupleValue a, TupleValue b):
                return new TupleValue(Joined(state, a.Items, b.Items));
            case (byte[] a, byte[] b):
                state.Charge((long)a.Length + b.Length);
                return (byte[])[.. a, .. b];
            case (string or Markup, not Undefined):
                throw Fail.Type(
                    $"can only concatenate str (not \"{Types.Name(right)}\") to str; use ~ to join a text and other values");
            default:
                return IsNumbers(left, right)
                    ? left is double || right is double
                        ? Numbers.ToDouble(left!) + Numbers.ToDouble(right!)
                        : Numbers.Box(Numbers.ToBig(left!) + Numbers.ToBig(right!))
                    : TimeArithmetic.Add(left, right) ?? throw Unsupported("+", left, right);
        }
    }

    public static object? Subtract(object? left, object? right)
    {
        switch (left, right)
        {
            case (long a, long b):
                var difference = unchecked(a - b);
                return ((a ^ b) & (a ^ difference)) < 0 ? Numbers.Box((BigInteger)a - b) : Numbers.Box(difference);
            case (double a, double b):
                return a - b;
            case (SetValue a, SetValue b):
                var rest = new SetValue();
                foreach (var item in a.Where(item => !b.Contains(item)))
                {
                    rest.Add(item);
                }

                return rest;
            default:
                return IsNumbers(left, right)
                    ? left is double || right is double
                        ? Numbers.ToDouble(left!) - Numbers.ToDouble(right!)
                        : Numbers.Box(Numbers.ToBig(left!) - Numbers.ToBig(right!))
                    : TimeArithmetic.Subtract(left, right) ?? throw Unsupported("-", left, right);
        }
    }

    public static object? Multiply(RenderState state, object? left, object? right)
    {
        if (IsNumbers(left, right))
        {
            return left is double || right is double ? Numbers.ToDouble(left!) * Numbers.ToDouble(right!)
                : left is long a && right is long b && Math.BigMul(a, b, out var low) is var high
                    && high == low >> 63 ? Numbers.Box(low)
                : MultiplyBig(state, Numbers.ToBig(left!), Numbers.ToBig(right!));
        }

        if (right is long or bool or BigInteger && left is string or Markup or ListValue or TupleValue or byte[])
        {
            return Repeat(state, left, right);
        }

        if (left is long or bool or BigInteger && right is string or Markup or ListValue or TupleValue or byte[])
        {
            return Repeat(state, right, left);
        }

        return TimeArithmetic.Multiply(left, right) ?? throw Unsupported("*", left, right);
    }

    private static object MultiplyBig(RenderState state, BigInteger left, BigInteger right)
    {
        state.Charge((left.GetBitLength() + right.GetBitLength()) / 8);
        return Numbers.Box(left * right);
    }

    private static object Repeat(RenderState state, object value, object count)
    {
        var times = count is BigInteger big ? big.Sign < 0 ? 0 : long.MaxValue : Math.Max(0, Numbers.ToIndex(count));
        switch (value)
        {
            case SequenceValue list:
                state.ChargeItems(list.Count, times);
                var items = new object?[list.Count * times];
                for (var at = 0; at < items.Length; at++)
                {
                    items[at] = list[at % list.Count];
                }

                return value is ListValue ? new ListValue(items) : new TupleValue(items);
            case byte[] bytes:
                state.Charge(bytes.Length, times);
                return Enumerable.Repeat(bytes, bytes.Length == 0 ? 0 : (int)times).SelectMany(part => part).ToArray();
            default:
                var text = Types.AsText(value)!;
                state.Charge(text.Length, times);
                var repeated = text.Length == 0 ? ""
                    : new System.Text.StringBuilder(text.Length * (int)times).Insert(0, text, (int)times).ToString();
                return value is Markup ? new Markup(repeated) : repeated;
        }
    }

    public static object? Divide(object? left, object? right)
    {
        if (!IsNumbers(left, right))
        {
            return TimeArithmetic.Divide(left, right) ?? throw Unsupported("/", left, right);
        }

        if (left is not double && right is not double && (IsInexact(left!) || IsInexact(right!)))
        {
            var denominator = Numbers.ToBig(right!);
            return denominator.IsZero ? throw Fail.ZeroDivision() : Quotient(Numbers.ToBig(left!), denominator);
        }

        var divisor = Numbers.ToDouble(right!);
        return divisor == 0 ? throw Fail.ZeroDivision() : Numbers.ToDouble(left!) / divisor;
    }

    /// <summary>Whether an integer may be no float.</summary>
    private static bool IsInexact(object number) =>
        number is BigInteger || (number is long whole && Math.Abs((double)whole) > 9e15);

    /// <summary>The float nearest to a quotient of integers that are no floats themselves.</summary>
    private static double Quotient(BigInteger left, BigInteger right)
    {
        var shift = (int)Math.Max(0, right.GetBitLength() - left.GetBitLength() + 66);
        var scaled = BigInteger.DivRem(left << shift, right, out var rest);
        // One more bit that says whether something is left.
        var result = Numbers.Nearest((scaled << 1) + (rest.IsZero ? 0 : left.Sign * right.Sign), shift + 1);
        return double.IsFinite(result) ? result : throw Fail.Overflow("integer division result too large for a float");
    }

    public static object? FloorDivide(object? left, object? right)
    {
        if (!IsNumbers(left, right))
        {
            return TimeArithmetic.FloorDivide(left, right) ?? throw Unsupported("//", left, right);
        }

        if (left is double || right is double)
        {
            var (a, b) = (Numbers.ToDouble(left!), Numbers.ToDouble(right!));
            if (b == 0)
            {
                throw Fail.ZeroDivision();
            }

            var rest = a % b;
            var quotient = ((a - rest) / b) - (rest != 0 && (rest < 0) != (b < 0) ? 1 : 0);
            return quotient == 0 ? Math.CopySign(0.0, a / b)
                : Math.Floor(quotient) is var floor && quotient - floor > 0.5 ? floor + 1 : floor;
        }

        if (left is long l && right is long r && r is not (0 or -1))
        {
            var quotient = l / r;
            return Numbers.Box(l % r != 0 && (l < 0) != (r < 0) ? quotient - 1 : quotient);
        }

        var (n, d) = (Numbers.ToBig(left!), Numbers.ToBig(right!));
        if (d.IsZero)
        {
            throw Fail.ZeroDivision();
        }

        var whole = BigInteger.DivRem(n, d, out var remainder);
        return Numbers.Box(!remainder.IsZero && remainder.Sign != d.Sign ? whole - 1 : whole);
    }

    public static object? Modulo(RenderState state, object? left, object? right)
    {
        if (left is string or Markup)
        {
            return PercentFormat.Format(state, left, right);
        }

        if (!IsNumbers(left, right))
        {
            return TimeArithmetic.Modulo(left, right) ?? throw Unsupported("%", left, right);
        }

        if (left is double || right is double)
        {
            var b = Numbers.ToDouble(right!);
            return b == 0 ? throw Fail.ZeroDivision() : FloatModulo(Numbers.ToDouble(left!), b);
        }

        if (left is long l && right is long r && r is not (0 or -1))
        {
            var rest = l % r;
            return Numbers.Box(rest != 0 && (rest < 0) != (r < 0) ? rest + r : rest);
        }

        var d = Numbers.ToBig(right!);
        if (d.IsZero)
        {
            throw Fail.ZeroDivision();
        }

        var remainder = BigInteger.Remainder(Numbers.ToBig(left!), d);
        return Numbers.Box(!remainder.IsZero && remainder.Sign != d.Sign ? remainder + d : remainder);
    }

    public static double FloatModulo(double left, double right)
    {
        var rest = left % right;
        return rest == 0 ? Math.CopySign(0.0, right) : (rest < 0) != (right < 0) ? rest + right : rest;
    }

    public static object? Power(RenderState state, object? left, object? right)
    {
        if (!IsNumbers(left, right))
        {
            throw Unsupported("** or pow()", left, right);
        }

        if (left is not double && right is not double)
        {
            var (value, exponent) = (Numbers.ToBig(left!), Numbers.ToBig(right!));
            if (exponent.Sign >= 0)
            {
                if (BigInteger.Abs(value) <= 1)
                {
                    return exponent.IsZero ? Numbers.Box(1) : Numbers.Box(value.Sign < 0 && exponent.IsEven ? -value : value);
                }

                var bits = (double)(value.GetBitLength() - 1) * (double)exponent;
                if (bits > MaxBits)
                {
                    throw Fail.Limit("the result of ** has too many digits");
                }

                state.Charge((long)bits / 8);
                return Numbers.Box(BigInteger.Pow(value, (int)exponent));
            }
        }

        var (a, b) = (Numbers.ToDouble(left!), Numbers.ToDouble(right!));
        if (a == 0 && b < 0)
        {
            throw new TemplateError(TemplateErrorKind.ZeroDivision, "zero to a negative power");
        }

        if (a < 0 && double.IsFinite(a) && double.IsFinite(b) && Math.Floor(b) != b)
        {
            throw Fail.Value("the result of ** is a complex number");
        }

        var result = Math.Pow(a, b);
        return double.IsInfinity(result) && double.IsFinite(a) && double.IsFinite(b)
            ? throw Fail.Overflow("the result of ** is too large")
            : result;
    }

    public static object? Negate(object? value) => value switch
    {
        long number when number != long.MinValue => Numbers.Box(-number),
        double number => -number,
        bool or long or BigInteger => Numbers.Box(-Numbers.ToBig(value)),
        TimeDeltaValue delta => new TimeDeltaValue(-delta.Microseconds),
        Undefined undefined => throw undefined.Error(),
        _ => throw Fail.Type($"bad operand type for unary -: '{Types.Name(value)}'"),
    };

    public static object? Plus(object? value) => value switch
    {
        bool flag => Numbers.Box(flag ? 1 : 0),
        long or double or BigInteger or TimeDeltaValue => value,
        Undefined undefined => throw undefined.Error(),
        _ => throw Fail.Type($"bad operand type for unary +: '{Types.Name(value)}'"),
    };

    public static bool IsNumbers(object? left, object? right) => Types.IsNumber(left) && Types.IsNumber(right);

    public static TemplateError Unsupported(string sign, object? left, object? right) =>
        left is Undefined a ? a.Error()
        : right is Undefined b ? b.Error()
        : Fail.Type($"unsupported operand type(s) for {sign}: '{Types.Name(left)}' and '{Types.Name(right)}'");

    private static string Joined(RenderState state, string left, string right)
    {
        state.Charge((long)left.Length + right.Length);
        return left + right;
    }

    private static object?[] Joined(RenderState state, object?[] left, object?[] right)
    {
        state.ChargeItems(left.Length + right.Length, 1);
        return [.. left, .. right];
    }
}
