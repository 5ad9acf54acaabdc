using System.Collections.Frozen;
using System.Numerics;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Time;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Methods;

/// <summary>The body of a method.</summary>
internal delegate object? MethodBody(RenderState state, object self, Arguments arguments);

/// <summary>A method of a type.</summary>
internal sealed class Method(string name, string signature, MethodBody body)
{
    private readonly Signature _signature = new(signature);

    public string Name => name;

    public object? Call(RenderState state, object self, CallArguments arguments)
    {
        state.Step();
        return body(state, self, new Arguments(_signature.Bind(name, arguments)));
    }
}

/// <summary>The methods that templates may call, by type.</summary>
internal static class MethodTable
{
    private static readonly FrozenDictionary<string, Method> Text = Table(TextMethods.All, TextTests.All);
    private static readonly FrozenDictionary<string, Method> Sequence = Table(CollectionMethods.Sequence);
    private static readonly FrozenDictionary<string, Method> Dict = Table(CollectionMethods.Dict);
    private static readonly FrozenDictionary<string, Method> Set = Table(CollectionMethods.Set);
    private static readonly FrozenDictionary<string, Method> Bytes = Table(CollectionMethods.Bytes);
    private static readonly FrozenDictionary<string, Method> Cycler = Table(CollectionMethods.Cycler);
    private static readonly FrozenDictionary<string, Method> Integer = Table(CollectionMethods.Integer);
    private static readonly FrozenDictionary<string, Method> Float = Table(CollectionMethods.Float);
    private static readonly FrozenDictionary<string, Method> DateTime = Table(TimeMethods.Date, TimeMethods.DateTime);
    private static readonly FrozenDictionary<string, Method> Date = Table(TimeMethods.Date);
    private static readonly FrozenDictionary<string, Method> Time = Table(TimeMethods.Time);
    private static readonly FrozenDictionary<string, Method> Delta = Table(TimeMethods.Delta);

    /// <summary>Methods that would change a list, dict or set.</summary>
    private static readonly FrozenSet<string> UnsafeSequence =
        FrozenSet.Create("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");

    private static readonly FrozenSet<string> UnsafeDict = FrozenSet.Create("clear", "pop", "popitem", "setdefault", "update");

    private static readonly FrozenSet<string> UnsafeSet = FrozenSet.Create(
        "add", "clear", "difference_update", "discard", "pop", "remove", "symmetric_difference_update", "update",
            "intersection_update");

    public static bool IsDictMethod(string name) => Dict.ContainsKey(name) || UnsafeDict.Contains(name);

    public static bool IsUnsafe(object owner, string name) => owner switch
    {
        ListValue => UnsafeSequence.Contains(name),
        DictValue => UnsafeDict.Contains(name),
        SetValue => UnsafeSet.Contains(name),
        _ => false,
    };

    public static Method? Find(object owner, string name) => (owner switch
    {
        string or Markup => Text,
        SequenceValue or RangeValue => Sequence,
        DictValue => Dict,
        SetValue => Set,
        byte[] => Bytes,
        DateTimeValue => DateTime,
        DateValue => Date,
        TimeValue => Time,
        TimeDeltaValue => Delta,
        CyclerValue => Cycler,
        long or bool or BigInteger => Integer,
        double => Float,
        _ => null,
    })?.GetValueOrDefault(name);

    private static FrozenDictionary<string, Method> Table(params IEnumerable<Method>[] methods) =>
        methods.SelectMany(part => part).ToFrozenDictionary(method => method.Name);
}
