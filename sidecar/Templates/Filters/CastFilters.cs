using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Conversions: <c>float</c>, <c>int</c>, <c>bool</c>, <c>string</c>, <c>list</c>, …</summary>
internal static class CastFilters
{
    public static IEnumerable<Entry> All =>
    [
        new(Use.Both, "float", "value default?", (_, a) => Numbers.TryFloat(a[0]) is { } number ? number : a.Default("float", 1)),
        new(Use.Both, "int", "value default? base?", ToInt),
        new(Use.Both, "bool", "value default?", (_, a) => ToBool(a[0]) ?? a.Default("bool", 1)),
        new(Use.All, "is_number", "value", (_, a) =>
            Numbers.Box(Numbers.TryFloat(a[0]) is { } number && double.IsFinite(number))),
        new(Use.Filter, "string", "value", (_, a) => a[0] is Markup ? a[0] : a.Shown(0)),
        new(Use.Filter, "list", "value", (state, a) => new ListValue([.. state.List(a[0])])),
        new(Use.Global, "tuple", "value", (state, a) => new TupleValue([.. state.List(a[0])])),
        new(Use.Global, "set", "value", (state, a) => Methods.CollectionMethods.ToSet(state, a[0])),
        new(Use.Global, "dict", "*args **kwargs", ToDict),
        new(Use.Global, "namespace", "*args **kwargs", (state, a) => new NamespaceValue((DictValue)ToDict(state, a)!)),
        new(Use.Filter, "ord", "value", (_, a) => Numbers.Box(Encodings.Code(a.Text(0)))),
        new(Use.Both, "typeof", "value", (_, a) => Types.Name(a[0])),
        new(Use.Both, "version", "value", (_, a) => new VersionValue(a.Shown(0))),
    ];

    /// <summary>A default, or Home Assistant's error that there is none.</summary>
    public static object? Default(this Arguments a, string function, int index) =>
        a.Has(index) ? a[index] : throw Fail.NoDefault(function, a[0]);

    private static object? ToInt(RenderState state, Arguments a)
    {
        var radix = a.Small(2, 10);
        switch (a[0])
        {
            case string or Markup or VersionValue:
                var text = Types.AsText(a[0])!;
                if (radix != 0 && radix is < 2 or > 36)
                {
                    return a.Default("int", 1);
                }

                return Numbers.TryParseInt(text, radix)
                    ?? (Numbers.TryParseFloat(text, out var real) && double.IsFinite(real) ? Numbers.Truncate(real)
                        : a.Default("int", 1));
            case long or System.Numerics.BigInteger:
                return a[0];
            case bool flag:
                return Numbers.Box(flag ? 1 : 0);
            case double number:
                return double.IsNaN(number) ? a.Default("int", 1) : Numbers.Truncate(number);
            case Undefined undefined:
                throw undefined.Error();
            default:
                return a.Default("int", 1);
        }
    }

    /// <summary>Home Assistant's boolean; null if the value is none.</summary>
    private static object? ToBool(object? value) => value switch
    {
        bool => value,
        long or double or System.Numerics.BigInteger => Numbers.Box(Types.IsTrue(value)),
        string or Markup => Types.Strip(Casing.Lower(Types.AsText(value)!)) switch
        {
            "1" or "true" or "yes" or "on" or "enable" => Numbers.True,
            "0" or "false" or "no" or "off" or "disable" => Numbers.False,
            _ => null,
        },
        _ => null,
    };

    private static object? ToDict(RenderState state, Arguments a)
    {
        var dict = new DictValue();
        if (a.Rest(0).Count > 1)
        {
            throw Fail.Type($"dict expected at most 1 argument, got {a.Rest(0).Count}");
        }

        foreach (var source in a.Rest(0).Items)
        {
            if (source is DictValue other)
            {
                state.ChargeItems(other.Count, 2);
                foreach (var (key, value) in other)
                {
                    dict.Set(key, value);
                }

                continue;
            }

            foreach (var item in state.Items(source is Undefined undefined ? throw undefined.Error() : source))
            {
                state.ChargeItems(2);
                var pair = state.List(item);
                dict.Set(
                    pair.Count == 2 ? pair[0]
                        : throw Fail.Value($"each item must be a pair of a key and a value, one has {pair.Count} items"),
                    pair[1]);
            }
        }

        foreach (var (key, value) in a.Named(1))
        {
            dict.Set(key, value);
        }

        return dict;
    }
}
