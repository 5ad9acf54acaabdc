using System.Numerics;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Methods;
using HaNatsBridge.Templates.Time;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Tests, after <c>is</c>.</summary>
internal static class ValueTests
{
    public static IEnumerable<Entry> All =>
    [
        Is("defined", value => value is not Undefined),
        Is("undefined", value => value is Undefined),
        Is("none", value => value is null),
        Is("boolean", value => value is bool),
        Is("true", value => value is true),
        Is("false", value => value is false),
        Is("integer", value => value is long or BigInteger),
        Is("float", value => value is double),
        Is("number", Types.IsNumber),
        Is("string", value => value is string or Markup),
        Is("string_like", value => value is string or Markup or byte[]),
        Is("mapping", value => value is DictValue),
        Is("sequence", value =>
            value is Undefined || (Types.LengthOrNone(value) >= 0 && value is not SetValue and not ViewValue and not LoopValue)),
        Is("iterable", Types.IsIterable),
        Is("list", value => value is ListValue),
        Is("tuple", value => value is TupleValue),
        Is("set", value => value is SetValue),
        Is("datetime", value => value is DateTimeValue),
        Is("callable", value => value is CallableValue or Undefined),
        Is("escaped", value => value is Markup),
        Is("odd", value => Remainder(value, 2L) is 1L or 1.0),
        Is("even", value => Remainder(value, 2L) is 0L or 0.0),
        Is("lower", value => TextTests.Cased(Show.Text(value), char.IsLower, char.IsUpper)),
        Is("upper", value => TextTests.Cased(Show.Text(value), char.IsUpper, char.IsLower)),
        Is("filter", value => Library.Filters.ContainsKey(Types.AsText(value) ?? "")),
        Is("test", value => Library.Tests.ContainsKey(Types.AsText(value) ?? "")),
        new(Use.Test, "divisibleby", "value num", (_, a) => Numbers.Box(Remainder(a[0], a[1]) is 0L or 0.0)),
        new(Use.Test, "sameas", "value other", (_, a) => Numbers.Box(
            ReferenceEquals(a[0], a[1])
                || (a[0] is long or bool or string && a[0]!.GetType() == a[1]?.GetType() && Equality.Same(a[0], a[1])))),
        new(Use.Test, "in", "value seq", (state, a) => Numbers.Box(Comparison.Contains(state, a[1], a[0]))),
        .. Compare("==", "eq", "equalto", "=="),
        .. Compare("!=", "ne", "!="),
        .. Compare("<", "lt", "lessthan", "<"),
        .. Compare("<=", "le", "<="),
        .. Compare(">", "gt", "greaterthan", ">"),
        .. Compare(">=", "ge", ">="),
    ];

    private static Entry Is(string name, Func<object?, bool> holds) =>
        new(Use.Test, name, "value", (_, a) => Numbers.Box(holds(a[0])));

    private static IEnumerable<Entry> Compare(string sign, params string[] names) => names.Select(name =>
        new Entry(Use.Test, name, "a b", (state, a) => Numbers.Box(Comparison.Holds(state, sign, a[0], a[1]))));

    /// <summary>Numbers need no state for it.</summary>
    private static object? Remainder(object? value, object? divisor) => Operators.IsNumbers(value, divisor)
        ? Operators.Modulo(null!, value, divisor)
        : throw Operators.Unsupported("%", value, divisor);
}
