using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Methods;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Lists as sets. Results keep the order of the first list.</summary>
internal static class SetFilters
{
    public static IEnumerable<Entry> All =>
    [
        Combine("intersect", (left, right) => left.Where(right.Contains)),
        Combine("difference", (left, right) => left.Where(item => !right.Contains(item))),
        Combine("union", (left, right) => [.. left, .. right.Where(item => !left.Contains(item))]),
        Combine("symmetric_difference", (left, right) =>
            [.. left.Where(item => !right.Contains(item)), .. right.Where(item => !left.Contains(item))]),
        new(Use.Both, "combine", "*args recursive?", Combine),
    ];

    private static Entry Combine(string name, Func<SetValue, SetValue, IEnumerable<object?>> body) =>
        new(Use.Both, name, "value other", (state, a) =>
            new ListValue([.. body(Set(state, name, a[0]), Set(state, name, a[1]))]));

    private static SetValue Set(RenderState state, string name, object? value) =>
        Types.IsIterable(value) && Types.AsText(value) is null
        ? CollectionMethods.ToSet(state, value)
        : throw Fail.Type($"{name} expected a list, got {Types.Name(value)}");

    private static object? Combine(RenderState state, Arguments a)
    {
        var dicts = a.Rest(0).Items;
        return dicts.Length == 0
            ? throw Fail.Type("combine expected at least 1 argument, got 0")
            : Combine(state, dicts, a.Flag(1));
    }

    private static DictValue Combine(RenderState state, object?[] dicts, bool recursive)
    {
        Show.Guard();
        var result = new DictValue();
        foreach (var value in dicts)
        {
            var dict = value as DictValue ?? throw Fail.Type($"combine expected a dict, got {Types.Name(value)}");
            state.ChargeItems(dict.Count, 2);
            foreach (var (key, item) in dict)
            {
                state.Step();
                result.Set(key, recursive && item is DictValue && result.TryGet(key, out var known) && known is DictValue
                    ? Combine(state, [known, item], true)
                    : item);
            }
        }

        return result;
    }
}
