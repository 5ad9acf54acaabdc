using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Methods;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Filters for lists and dicts.</summary>
internal static class SequenceFilters
{
    public static IEnumerable<Entry> All =>
    [
        new(Use.Filter, "length", "obj", (_, a) => Numbers.Box(Types.Length(a[0]))),
        new(Use.Filter, "count", "obj", (_, a) => Numbers.Box(Types.Length(a[0]))),
        new(Use.Filter, "first", "seq", First),
        new(Use.Filter, "last", "seq", Last),
        new(Use.Filter, "random", "seq", Choice),
        new(Use.Filter, "join", "value d? attribute?", Join),
        new(Use.Filter, "reverse", "value", Reverse),
        new(Use.Filter, "sort", "value reverse? case_sensitive? attribute?", Sort),
        new(Use.Filter, "dictsort", "value case_sensitive? by? reverse?", DictSort),
        new(Use.Filter, "unique", "value case_sensitive? attribute?", Unique),
        new(Use.Filter, "min", "value case_sensitive? attribute?", (state, a) => Extreme(state, a[0], a, false)),
        new(Use.Filter, "max", "value case_sensitive? attribute?", (state, a) => Extreme(state, a[0], a, true)),
        new(Use.Filter, "sum", "iterable attribute? start?", Sum),
        new(Use.Filter, "groupby", "value attribute default? case_sensitive?", GroupBy),
        new(Use.Filter, "batch", "value linecount fill_with?", (state, a) => new GeneratorValue("do_batch", Batch(state, a))),
        new(Use.Filter, "slice", "value slices fill_with?", (state, a) => new GeneratorValue("do_slice", Slice(state, a))),
        new(Use.Filter, "items", "value", (_, a) => a[0] switch
        {
            DictValue dict => new GeneratorValue("do_items", new ViewValue(dict, ViewKind.Items)),
            Undefined => new GeneratorValue("do_items", []),
            _ => throw Fail.Type("Can only get item pairs from a mapping."),
        }),
        new(Use.Global, "range", "start stop? step?", Range),
        new(Use.Global, "zip", "*lists **options", (state, a) => new GeneratorValue("zip", Zip(state, a.Rest(0).Items))),
        new(Use.Both, "flatten", "value levels?", (state, a) =>
            new ListValue([.. Flatten(state, a[0], a.Or(1, null) is null ? long.MaxValue : a.Whole(1, 0))])),
        new(Use.Both, "shuffle", "*args seed?", Shuffle),
    ];

    private static object? First(RenderState state, Arguments a)
    {
        foreach (var item in state.Items(a[0] is SequenceValue list ? new ListValue(list.Count > 0 ? [list[0]] : []) : a[0]))
        {
            return item;
        }

        return Undefined.Because("the list is empty: there is no first item");
    }

    private static object? Last(RenderState state, Arguments a)
    {
        if (a[0] is GeneratorValue)
        {
            throw Fail.Type("'generator' object is not reversible; use | list first");
        }

        var items = a[0] is SequenceValue list ? [.. list.Items[^Math.Min(1, list.Count)..]] : state.List(a[0]);
        return items.Count > 0 ? items[^1] : Undefined.Because("the list is empty: there is no last item");
    }

    private static object? Choice(RenderState state, Arguments a)
    {
        var items = state.List(a[0]);
        return items.Count > 0 ? items[Random.Shared.Next(items.Count)]
            : throw Fail.Index("Cannot choose from an empty sequence");
    }

    private static object? Join(RenderState state, Arguments a)
    {
        var separator = a.Has(1) ? a.Shown(1) : "";
        IEnumerable<object?> items = state.Items(a[0]);
        if (a.Or(2, null) is not null)
        {
            var get = AttributePath.Of(a[2]);
            items = items.Select(get.Get);
        }

        var text = new System.Text.StringBuilder();
        var first = true;
        foreach (var item in items)
        {
            var part = Show.Text(item);
            state.Charge(part.Length + separator.Length);
            text.Append(first ? "" : separator).Append(part);
            first = false;
        }

        return text.ToString();
    }

    private static object? Reverse(RenderState state, Arguments a)
    {
        if (Types.AsText(a[0]) is { } text)
        {
            state.Charge(text.Length);
            var points = Types.CodePoints(text);
            points.Reverse();
            return string.Concat(points);
        }

        if (!Types.IsIterable(a[0]))
        {
            throw Fail.Runtime("argument must be iterable");
        }

        var items = state.List(a[0]);
        items.Reverse();
        return new GeneratorValue("reversed", items);
    }

    /// <summary>What is compared of an item: without its case, if that does not count.</summary>
    private static object? Folded(object? value, bool caseSensitive) =>
        !caseSensitive && Types.AsText(value) is { } text ? Casing.Lower(text) : value;

    private static object? Sort(RenderState state, Arguments a)
    {
        var paths = AttributePath.Several(a.Or(3, null));
        var sensitive = a.Flag(2);
        return new ListValue(Sorting.Sort(
            state,
            [.. state.List(a[0])],
            item => new ListValue([.. paths.Select(path => Folded(path.Get(item), sensitive))]),
            a.Flag(1)));
    }

    private static object? DictSort(RenderState state, Arguments a)
    {
        var dict = a[0] as DictValue ?? throw NoDict("dictsort", a[0]);
        var by = a.Text(2, "key");
        if (by is not ("key" or "value"))
        {
            throw Fail.Runtime("you can only sort by either 'key' or 'value'");
        }

        var sensitive = a.Flag(1);
        var pairs = new ViewValue(dict, ViewKind.Items).Cast<TupleValue>().ToArray();
        return new ListValue([.. Sorting.Sort(state, pairs, pair => Folded(pair[by == "key" ? 0 : 1], sensitive), a.Flag(3))]);
    }

    public static TemplateError NoDict(string name, object? value) => value is Undefined undefined
        ? undefined.Error()
        : new TemplateError(TemplateErrorKind.Attribute, $"{name} needs a dict, not {Types.Name(value)}");

    private static object? Unique(RenderState state, Arguments a)
    {
        var path = AttributePath.Of(a.Or(2, null));
        var sensitive = a.Flag(1);
        var source = state.Items(a[0]);
        return new GeneratorValue("do_unique", Distinct());

        IEnumerable<object?> Distinct()
        {
            var seen = new SetValue();
            foreach (var item in source)
            {
                state.ChargeItems(2);
                if (seen.Add(Folded(path.Get(item), sensitive)))
                {
                    yield return item;
                }
            }
        }
    }

    /// <summary>The smallest or largest item; undefined if there is none.</summary>
    public static object? Extreme(RenderState state, object? items, Arguments a, bool largest)
    {
        var path = AttributePath.Of(a.Or(2, null));
        var sensitive = a.Flag(1);
        object? best = Missing.Value, bestKey = null;
        foreach (var item in state.Items(items))
        {
            var key = Folded(path.Get(item), sensitive);
            if (best is Missing || Equality.Compare(key, bestKey, largest ? ">" : "<") == (largest ? 1 : -1))
            {
                (best, bestKey) = (item, key);
            }
        }

        return best is Missing ? Undefined.Because("No aggregated item, sequence was empty.") : best;
    }

    private static object? Sum(RenderState state, Arguments a)
    {
        var path = AttributePath.Of(a.Or(1, null));
        object? total = a.Or(2, Numbers.Box(0));
        if (total is string or Markup)
        {
            throw Fail.Type("sum() can't sum strings: use | join");
        }

        var compensation = 0.0;
        foreach (var item in state.Items(a[0]))
        {
            var value = path.Get(item);
            if (total is double sum && value is double real)
            {
                // Neumaier's summation, as Python since 3.12.
                var next = sum + real;
                compensation += Math.Abs(sum) >= Math.Abs(real) ? sum - next + real : real - next + sum;
                total = next;
            }
            else
            {
                total = Operators.Add(state, total, value);
            }
        }

        return total is double result && compensation != 0 && double.IsFinite(compensation) ? result + compensation : total;
    }

    private static object? GroupBy(RenderState state, Arguments a)
    {
        var path = AttributePath.Of(a[1], a.Or(2, null));
        var sensitive = a.Flag(3);
        var items = Sorting.Sort(state, [.. state.List(a[0])], item => Folded(path.Get(item), sensitive), false);
        var groups = new List<object?>();
        for (var from = 0; from < items.Length;)
        {
            var key = path.Get(items[from]);
            var to = from + 1;
            while (to < items.Length && Equality.Same(Folded(path.Get(items[to]), sensitive), Folded(key, sensitive)))
            {
                to++;
            }

            groups.Add(new GroupValue(key, new ListValue(items[from..to])));
            from = to;
        }

        return new ListValue([.. groups]);
    }

    private static IEnumerable<object?> Batch(RenderState state, Arguments a)
    {
        var (size, fill) = (a.Whole(1, 1), a.Or(2, null));
        var batch = new List<object?>();
        foreach (var item in state.Items(a[0]))
        {
            if (batch.Count == size)
            {
                yield return new ListValue([.. batch]);
                batch.Clear();
            }

            state.ChargeItems(1);
            batch.Add(item);
        }

        if (batch.Count > 0)
        {
            if (fill is not null && batch.Count < size)
            {
                state.ChargeItems(size);
                batch.AddRange(Enumerable.Repeat(fill, (int)(size - batch.Count)));
            }

            yield return new ListValue([.. batch]);
        }
    }

    private static IEnumerable<object?> Slice(RenderState state, Arguments a)
    {
        var items = state.List(a[0]);
        var (count, fill) = (a.Whole(1, 1), a.Or(2, null));
        if (count <= 0)
        {
            throw count == 0 ? Fail.ZeroDivision() : Fail.Value("the number of slices must be positive");
        }

        state.Steps(count);
        var (size, rest) = (items.Count / count, items.Count % count);
        var at = 0;
        for (var index = 0; index < count; index++)
        {
            var part = items.GetRange(at, (int)size + (index < rest ? 1 : 0));
            at += part.Count;
            if (fill is not null && index >= rest)
            {
                part.Add(fill);
            }

            yield return new ListValue([.. part]);
        }
    }

    private static object? Range(RenderState state, Arguments a)
    {
        var (start, stop) = a.Has(1) ? (a.Whole(0, 0), a.Whole(1, 0)) : (0, a.Whole(0, 0));
        var step = a.Whole(2, 1);
        var range = new RangeValue(start, stop, step == 0 ? throw Fail.Value("range() arg 3 must not be zero") : step);
        return range.Count <= 100_000 ? range : throw Fail.Overflow("Range too big: a template may use 100000 numbers");
    }

    private static IEnumerable<object?> Zip(RenderState state, object?[] lists)
    {
        var sources = lists.Select(list => state.Items(list).GetEnumerator()).ToList();
        while (sources.Count > 0 && sources.TrueForAll(source => source.MoveNext()))
        {
            state.ChargeItems(sources.Count);
            yield return new TupleValue([.. sources.Select(source => source.Current)]);
        }
    }

    private static List<object?> Flatten(RenderState state, object? value, long levels)
    {
        Show.Guard();
        if (!Types.IsIterable(value) || Types.AsText(value) is not null)
        {
            throw Fail.Type($"flatten expected a list, got {Types.Name(value)}");
        }

        var result = new List<object?>();
        foreach (var item in state.Items(value))
        {
            if (levels >= 1 && Types.IsIterable(item) && Types.AsText(item) is null)
            {
                result.AddRange(Flatten(state, item, levels - 1));
            }
            else
            {
                result.Add(item);
            }

            state.ChargeItems(1);
        }

        return result;
    }

    private static object? Shuffle(RenderState state, Arguments a)
    {
        var given = a.Rest(0).Items;
        if (given.Length == 0)
        {
            throw Fail.Type("shuffle expected at least 1 argument, got 0");
        }

        var isList = Types.IsIterable(given[0]) && Types.AsText(given[0]) is null;
        var items = isList ? state.List(given[0]).ToArray()
            : given.Length > 1 ? given : throw Fail.Type($"'{Types.Name(given[0])}' object is not iterable");
        var seed = a.Or(1, isList && given.Length > 1 ? given[1] : null);
        var random = Types.IsTrue(seed) ? new Random(Seed(Show.Text(seed))) : Random.Shared;
        random.Shuffle(items);
        return new ListValue(items);
    }

    private static int Seed(string text) => text.Aggregate(17, (hash, c) => unchecked((hash * 31) + c));
}

/// <summary>A group of <c>groupby</c>: a pair whose parts also have names.</summary>
internal sealed class GroupValue(object? grouper, ListValue list) : TupleValue(grouper, list);
