using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary><c>round</c> and what maps numbers to a range.</summary>
internal static class RoundingFilters
{
    public static IEnumerable<Entry> All =>
    [
        new(Use.Filter, "round", "value precision? method? default?", Round),
        new(Use.Both, "clamp", "value min_value max_value", (_, a) =>
        {
            var (value, min, max) = (Number(a, 0), Number(a, 1), Number(a, 2));
            var upper = value < max ? value : max;
            return upper > min ? upper : min;
        }),
        new(Use.Both, "wrap", "value min_value max_value", (_, a) =>
        {
            var (value, min, max) = (Number(a, 0), Number(a, 1), Number(a, 2));
            return max == min ? min : Operators.FloatModulo(value - min, max - min) + min;
        }),
        new(Use.Both, "remap", "value in_min in_max out_min out_max *rest steps? edges?", Remap),
    ];

    private static object? Round(RenderState state, Arguments a)
    {
        if (a.Has(1) && a[1] is not (long or bool or System.Numerics.BigInteger or Undefined))
        {
            return a.Default("round", 3);
        }

        var precision = a[1] is Undefined undefined ? throw undefined.Error() : a.Whole(1, 0);
        if (Math.Abs(precision) > 308)
        {
            throw Fail.Overflow("the precision is out of range");
        }

        if (Numbers.TryFloat(a[0]) is not { } value)
        {
            return a.Default("round", 3);
        }

        var digits = (int)precision;
        var multiplier = Math.Pow(10, digits);
        var method = a.Has(2) ? Types.AsText(a[2]) : "common";
        if (double.IsNaN(value) && (digits == 0 || method is "ceil" or "floor" or "half"))
        {
            return a.Default("round", 3);
        }

        object result = method switch
        {
            "ceil" => Up(value * multiplier, Math.Ceiling) / multiplier,
            "floor" => Up(value * multiplier, Math.Floor) / multiplier,
            "half" => Up(value * 2, Math.Round) / 2,
            _ => digits == 0 ? Numbers.Truncate(Up(value, Math.Round)) : Rounding.Round(value, digits),
        };
        return digits == 0 && result is double real ? Numbers.Truncate(real) : result;
    }

    /// <summary>Rounds to an integer, which an infinite number has not.</summary>
    private static double Up(double value, Func<double, double> round) => double.IsFinite(value)
        ? round(value) + 0.0
        : throw Fail.Overflow("cannot convert float infinity to integer");

    private static double Number(Arguments a, int index) => Numbers.TryFloat(a[index])
        ?? throw Fail.Value($"function requires numeric arguments, got '{Show.Brief(a[index])}'");

    private static object? Remap(RenderState state, Arguments a)
    {
        var (value, inMin, inMax, outMin, outMax) = (Number(a, 0), Number(a, 1), Number(a, 2), Number(a, 3), Number(a, 4));
        var steps = Math.Max(0, a.Whole(6, 0));
        var edges = a.Text(7, "none");
        if (edges == "clamp")
        {
            var upper = value < inMax ? value : inMax;
            value = upper > inMin ? upper : inMin;
        }
        else if (edges is "wrap" or "mirror")
        {
            var size = inMax != inMin ? inMax - inMin : throw Fail.Value("in_min must not equal in_max");
            var offset = value - inMin;
            if (edges == "wrap")
            {
                value = Operators.FloatModulo(offset, size) + inMin;
            }
            else
            {
                var period = Math.Floor(offset / size);
                var inside = offset - (period * size);
                value = inMin + (period < 0 || period % 2 != 0 ? size - inside : inside);
            }
        }

        if (steps == 0 && inMin == outMin && inMax == outMax)
        {
            return value;
        }

        var normalized = inMax != inMin ? (value - inMin) / (inMax - inMin) : throw Fail.ZeroDivision();
        normalized = steps > 0 ? Math.Round(normalized * steps, MidpointRounding.ToEven) / steps : normalized;
        return outMin + (normalized * (outMax - outMin));
    }
}
