using System.Numerics;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Mathematical functions.</summary>
internal static class MathFilters
{
    public static IEnumerable<Entry> All =>
    [
        Real("sin", Math.Sin, finite: true),
        Real("cos", Math.Cos, finite: true),
        Real("tan", Math.Tan, finite: true),
        Real("asin", Math.Asin),
        Real("acos", Math.Acos),
        Real("atan", Math.Atan),
        Real("sqrt", Math.Sqrt),
        new(Use.Both, "atan2", "*args default?", Atan2),
        new(Use.Both, "log", "value base? default?", Log),
        new(Use.Filter, "abs", "value", (_, a) => a[0] switch
        {
            double number => Math.Abs(number),
            long or bool or BigInteger => Numbers.Box(BigInteger.Abs(Numbers.ToBig(a[0]!))),
            Time.TimeDeltaValue delta => new Time.TimeDeltaValue(Math.Abs(delta.Microseconds)),
            _ => throw Fail.Type($"bad operand type for abs(): '{Types.Name(a[0])}'"),
        }),
        new(Use.Filter, "add", "value amount default?", (state, a) =>
            Arithmetic("add", a, (left, right) => Operators.Add(state, left, right))),
        new(Use.Filter, "multiply", "value amount default?", (state, a) =>
            Arithmetic("multiply", a, (left, right) => Operators.Multiply(state, left, right))),
        Bits("bitwise_and", "&", (left, right) => left & right),
        Bits("bitwise_or", "|", (left, right) => left | right),
        Bits("bitwise_xor", "^", (left, right) => left ^ right),
        new(Use.Global, "min", "*args case_sensitive? attribute?", (state, a) => Extreme(state, a, "min", false)),
        new(Use.Global, "max", "*args case_sensitive? attribute?", (state, a) => Extreme(state, a, "max", true)),
    ];

    /// <summary>A function that is an error (or the default) where the result is no number.</summary>
    private static Entry Real(string name, Func<double, double> body, bool finite = false) =>
        new(Use.Both, name, "value default?", (_, a) =>
    {
        if (Numbers.TryFloat(a[0]) is not { } number)
        {
            return a.Default(name, 1);
        }

        var result = body(number);
        return (double.IsNaN(result) && !double.IsNaN(number)) || (finite && double.IsInfinity(number)) ? a.Default(name, 1)
            : result;
    });

    private static object? Atan2(RenderState state, Arguments a)
    {
        var (args, fallback) = (a.Rest(0).Items, a.Or(1, Missing.Value));
        if (args.Length is 1 or 2 && args[0] is SequenceValue pair)
        {
            fallback = args.Length == 2 && fallback is Missing ? args[1] : fallback;
            args = pair.Items;
        }
        else if (args.Length == 3 && fallback is Missing)
        {
            fallback = args[2];
        }

        if (args.Length == 0 || (args.Length < 2 && Numbers.TryFloat(args[0]) is not null))
        {
            throw Fail.Index("tuple index out of range");
        }

        return args.Length > 1 && Numbers.TryFloat(args[0]) is { } y && Numbers.TryFloat(args[1]) is { } x ? Math.Atan2(y, x)
            : fallback is Missing ? throw Fail.NoDefault("atan2", new TupleValue(args)) : fallback;
    }

    private static object? Log(RenderState state, Arguments a)
    {
        if (Numbers.TryFloat(a.Or(1, Math.E)) is not { } radix || Numbers.TryFloat(a[0]) is not { } value || value <= 0
            || radix <= 0)
        {
            return a.Default("log", 2);
        }

        // Python divides, so that log(1000, 10) is 2.9999999999999996.
        var divisor = Math.Log(radix);
        return divisor == 0 ? throw Fail.ZeroDivision() : Math.Log(value) / divisor;
    }

    private static object? Arithmetic(string name, Arguments a, Func<object?, object?, object?> operation)
    {
        if (Numbers.TryFloat(a[0]) is not { } number)
        {
            return a.Default(name, 2);
        }

        try
        {
            return operation(number, a[1]);
        }
        catch (TemplateError error) when (error.Kind == TemplateErrorKind.Type)
        {
            return a.Default(name, 2);
        }
    }

    private static Entry Bits(string name, string sign, Func<BigInteger, BigInteger, BigInteger> body) =>
        new(Use.Both, name, "first_value second_value", (_, a) => (a[0], a[1]) switch
        {
            (bool x, bool y) => Numbers.Box(!body(x ? 1 : 0, y ? 1 : 0).IsZero),
            (long or bool or BigInteger, long or bool or BigInteger) =>
                Numbers.Box(body(Numbers.ToBig(a[0]!), Numbers.ToBig(a[1]!))),
            _ => throw Fail.Type($"unsupported operand type(s) for {sign}: '{Types.Name(a[0])}' and '{Types.Name(a[1])}'"),
        });

    private static object? Extreme(RenderState state, Arguments a, string name, bool largest)
    {
        var given = a.Rest(0);
        var items = given.Count switch
        {
            0 => throw Fail.Type($"{name} expected at least 1 argument, got 0"),
            1 => Types.IsIterable(given[0]) ? given[0] : throw Fail.Type($"'{Types.Name(given[0])}' object is not iterable"),
            _ => given,
        };
        return SequenceFilters.Extreme(state, items, a, largest);
    }
}
