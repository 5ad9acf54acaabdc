using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Functions about values of any type, and about functions.</summary>
internal static class FunctionFilters
{
    public static IEnumerable<Entry> All =>
    [
        new(Use.Filter, "default", "value default_value? boolean?", Default),
        new(Use.Filter, "d", "value default_value? boolean?", Default),
        new(Use.Filter, "is_defined", "value", (_, a) => a[0] is Undefined undefined ? throw undefined.Error() : a[0]),
        new(Use.Both, "iif", "value if_true? if_false? if_none?", (_, a) =>
            a[0] is null && a.Has(3) ? a[3]
            : Types.IsTrue(a[0]) ? a.Or(1, Numbers.True)
            : a.Or(2, Numbers.False)),
        new(Use.Filter, "attr", "obj name", (_, a) => Attribute(a[0], a.Text(1))),
        new(Use.Filter | Use.Test, "contains", "value item", (state, a) => Numbers.Box(Comparison.Contains(state, a[0], a[1]))),
        new(Use.All, "apply", "value fn *args **kwargs", (state, a) => Callable(a[1]).Call(state, new CallArguments(
            [a[0], .. a.Rest(2).Items],
            [.. a.Named(3).Select(pair => new KeyValuePair<string, object?>((string)pair.Key!, pair.Value))]))),
        new(Use.Both, "as_function", "macro", AsFunction),
        new(Use.Global, "merge_response", "value", MergeResponse),
        new(Use.Global, "cycler", "*items", (_, a) => a.Rest(0).Count > 0
            ? new CyclerValue(a.Rest(0).Items)
            : throw Fail.Runtime("at least one item has to be provided")),
        new(Use.Global, "joiner", "sep?", (_, a) =>
        {
            var (separator, used) = (a.Or(0, ", "), false);
            return new LambdaValue("joiner", (_, _) =>
            {
                var result = used ? separator : "";
                used = true;
                return result;
            });
        }),
    ];

    private static object? Default(RenderState state, Arguments a) =>
        a[0] is Undefined || (a.Flag(2) && !Types.IsTrue(a[0])) ? a.Or(1, "") : a[0];

    /// <summary>Only attributes, no items.</summary>
    private static object? Attribute(object? owner, string name)
    {
        if (owner is DictValue && !Methods.MethodTable.IsDictMethod(name))
        {
            return name.StartsWith("__", StringComparison.Ordinal) ? Undefined.Unsafe(owner, name)
                : Undefined.Member(owner, name);
        }

        return Access.Attribute(owner, name);
    }

    private static CallableValue Callable(object? value) => value as CallableValue
        ?? throw (value is Undefined undefined ? undefined.Error() : Fail.Type($"'{Types.Name(value)}' object is not callable"));

    private static object? AsFunction(RenderState state, Arguments a)
    {
        var macro = a[0] as MacroValue ?? throw Fail.Type("as_function needs a macro");
        var name = macro.Name.StartsWith("macro_", StringComparison.Ordinal) ? macro.Name[6..] : macro.Name;
        return new LambdaValue(name, (inner, arguments) =>
        {
            object? returned = null;
            var returns = new LambdaValue("returns", (_, given) => returned = given.Positional is [var value]
                ? value
                : throw Fail.Type("returns() takes one argument"));
            macro.Call(inner, arguments with { Named = [.. arguments.Named, new("returns", returns)] });
            return returned;
        });
    }

    private static object? MergeResponse(RenderState state, Arguments a)
    {
        var response = a[0] as DictValue ?? throw Fail.Type("Response is not a dictionary");
        var items = new List<object?>();
        var single = false;
        foreach (var (entity, value) in response)
        {
            var answer = value as DictValue ?? throw Fail.Type("Response is not a dictionary");
            if (answer.Count == 1 && answer.ValueAt(0) is ListValue list)
            {
                single = true;
                foreach (var item in state.Items(list))
                {
                    items.Add(item is DictValue dict ? With(state, dict, entity, answer.KeyAt(0)) : item);
                }
            }

            if (!single)
            {
                items.Add(With(state, answer, entity, Missing.Value));
            }
        }

        return new ListValue([.. items]);
    }

    private static DictValue With(RenderState state, DictValue dict, object? entity, object? key)
    {
        if (dict.Contains("entity_id"))
        {
            throw Fail.Value("Response dictionary already contains key 'entity_id'");
        }

        state.ChargeItems(dict.Count + 2, 2);
        var copy = dict.Copy();
        copy.Set("entity_id", entity);
        if (key is not Missing)
        {
            copy.Set("value_key", key);
        }

        return copy;
    }
}
