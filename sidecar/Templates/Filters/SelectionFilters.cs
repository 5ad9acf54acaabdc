using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary><c>map</c>, <c>select</c> and the like. They are lazy.</summary>
internal static class SelectionFilters
{
    public static IEnumerable<Entry> All =>
    [
        new(Use.Filter, "map", "value *args **kwargs", (state, a) => new GeneratorValue("sync_do_map", Map(state, a))),
        Select("select", false, true),
        Select("reject", false, false),
        Select("selectattr", true, true),
        Select("rejectattr", true, false),
    ];

    private static IEnumerable<object?> Map(RenderState state, Arguments a)
    {
        if (!Types.IsTrue(a[0]))
        {
            return [];
        }

        var source = state.Items(a[0]);
        var named = a.Named(2);
        Func<object?, object?> change;
        if (a.Rest(1).Count == 0 && named.TryGet("attribute", out var attribute))
        {
            named.TryGet("default", out var fallback);
            var path = AttributePath.Of(attribute, fallback);
            change = named.Count <= (named.Contains("default") ? 2 : 1)
                ? path.Get
                : throw Fail.Runtime("map(attribute=…) takes no other argument than default");
        }
        else
        {
            var filter = a.Rest(1).Count > 0
                ? Library.Filter(a.Rest(1)[0])
                : throw Fail.Runtime("map requires a filter argument: map('upper') or map(attribute='name')");
            var more = new CallArguments(a.Rest(1).Items[1..], Pairs(named));
            change = item => filter.Call(state, more.Prepend(item));
        }

        return source.Select(change);
    }

    private static Entry Select(string name, bool byAttribute, bool wanted) =>
        new(Use.Filter, name, "value *args **kwargs", (state, a) =>
    {
        var source = state.Items(Types.IsTrue(a[0]) ? a[0] : new ListValue());
        var arguments = a.Rest(1).Items;
        var named = Pairs(a.Named(2));
        var path = AttributePath.Of(null);
        if (byAttribute)
        {
            path = AttributePath.Of(arguments.Length > 0 ? arguments[0]
                : throw Fail.Runtime($"{name} needs the name of an attribute"));
            arguments = arguments[1..];
        }

        Func<object?, bool> holds = Types.IsTrue;
        if (arguments.Length > 0)
        {
            var test = Library.Test(arguments[0]);
            var more = new CallArguments(arguments[1..], named);
            holds = value => Types.IsTrue(test.Call(state, more.Prepend(value)));
        }

        return new GeneratorValue("select_or_reject", source.Where(item => holds(path.Get(item)) == wanted));
    });

    private static KeyValuePair<string, object?>[] Pairs(DictValue named) =>
        [.. named.Select(pair => new KeyValuePair<string, object?>((string)pair.Key!, pair.Value))];
}
