using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary><c>average</c>, <c>median</c> and <c>statistical_mode</c>.</summary>
internal static class StatisticFilters
{
    public static IEnumerable<Entry> All =>
    [
        new(Use.Both, "average", "*args default?", (state, a) => Of(state, a, "average", Mean)),
        new(Use.Both, "median", "*args default?", (state, a) => Of(state, a, "median", items => Median(state, items))),
        new(Use.Both, "statistical_mode", "*args default?", (state, a) => Of(state, a, "statistical_mode", Mode)),
    ];

    /// <summary>
    /// Of a list, with a default behind it, or of several arguments. The body returns Missing where there is no result.
    /// </summary>
    private static object? Of(RenderState state, Arguments a, string name, Func<List<object?>, object?> body)
    {
        var given = a.Rest(0);
        var fallback = a.Or(1, Missing.Value);
        if (given.Count == 0)
        {
            throw Fail.Type($"{name} expected at least 1 argument, got 0");
        }

        var isList = Types.IsIterable(given[0]) && (name != "statistical_mode" || given.Count == 1 || given[0] is SequenceValue);
        if (!isList && given.Count == 1)
        {
            throw Fail.Type($"'{Types.Name(given[0])}' object is not iterable");
        }

        fallback = isList && given.Count > 1 && fallback is Missing ? given[1] : fallback;
        object? result;
        try
        {
            result = body(isList ? state.List(given[0]) : [.. given]);
        }
        catch (TemplateError error) when (error.Kind == TemplateErrorKind.Type)
        {
            result = Missing.Value;
        }

        return result is not Missing ? result : fallback is not Missing ? fallback : throw Fail.NoDefault(name, given);
    }

    private static object? Mean(List<object?> items)
    {
        if (items.Find(item => item is Undefined) is Undefined undefined)
        {
            throw undefined.Error();
        }

        if (items.Count == 0 || !items.TrueForAll(Types.IsNumber))
        {
            return Missing.Value;
        }

        return ExactSum(items.Select(item => Numbers.ToDouble(item!))) / items.Count;
    }

    /// <summary>math.fsum: partial sums that do not overlap, so nothing is lost.</summary>
    private static double ExactSum(IEnumerable<double> numbers)
    {
        var partials = new List<double>();
        var special = 0.0;
        foreach (var number in numbers)
        {
            var x = number;
            if (!double.IsFinite(x))
            {
                special += x;
                continue;
            }

            var kept = 0;
            foreach (var partial in partials.ToArray())
            {
                var (big, small) = Math.Abs(x) < Math.Abs(partial) ? (partial, x) : (x, partial);
                var high = big + small;
                var low = small - (high - big);
                if (low != 0)
                {
                    partials[kept++] = low;
                }

                x = high;
            }

            partials.RemoveRange(kept, partials.Count - kept);
            partials.Add(x);
        }

        if (special != 0 || double.IsNaN(special))
        {
            return special;
        }

        var sum = 0.0;
        for (var index = partials.Count - 1; index >= 0; index--)
        {
            var before = sum;
            sum += partials[index];
            var low = partials[index] - (sum - before);
            if (low != 0)
            {
                // Round half to even across the remaining partials.
                var next = index > 0 ? partials[index - 1] : 0;
                var twice = low * 2;
                return next != 0 && (low < 0) == (next < 0) && sum + twice - sum == twice ? sum + twice : sum;
            }
        }

        return sum;
    }

    private static object? Median(RenderState state, List<object?> items)
    {
        if (items.Count == 0)
        {
            return Missing.Value;
        }

        var sorted = Sorting.Sort(state, [.. items], item => item, false);
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle]
            : Operators.Divide(Operators.Add(state, sorted[middle - 1], sorted[middle]), 2L);
    }

    private static object? Mode(List<object?> items)
    {
        var counts = new DictValue();
        object? best = Missing.Value;
        var most = 0L;
        foreach (var item in items)
        {
            counts.Set(item, Numbers.Box((counts.TryGet(item, out var count) ? (long)count! : 0) + 1));
        }

        foreach (var (item, count) in counts)
        {
            if ((long)count! > most)
            {
                (best, most) = (item, (long)count);
            }
        }

        return best;
    }
}
