using System.Globalization;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Evaluation;

/// <summary>The arguments of one call.</summary>
internal readonly record struct CallArguments(object?[] Positional, KeyValuePair<string, object?>[] Named)
{
    public static readonly CallArguments None = new([], []);

    public CallArguments Prepend(object? value) => this with { Positional = [value, .. Positional] };
}

/// <summary>A value that can be called.</summary>
internal abstract class CallableValue
{
    public abstract string Name { get; }

    public abstract object? Call(RenderState state, CallArguments arguments);
}

/// <summary>The value of a parameter that was not given.</summary>
internal sealed class Missing
{
    public static readonly Missing Value = new();
}

/// <summary>The parameters of a function, by their names as in Python.</summary>
/// <remarks>
/// Written as <c>"value precision? *rest default? **named"</c>: <c>?</c> is optional, and what follows <c>*rest</c> can only be
/// named. A body gets one value for each, <see cref="Missing"/> for what was not given, a tuple for <c>*rest</c>, a dict for
/// <c>**named</c>.
/// </remarks>
internal sealed class Signature
{
    private readonly string[] _names;
    private readonly bool[] _optional;
    private readonly int _rest = -1;
    private readonly int _named = -1;
    private readonly int _positional;

    public Signature(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _names = new string[parts.Length];
        _optional = new bool[parts.Length];
        _positional = parts.Length;
        for (var index = 0; index < parts.Length; index++)
        {
            var part = parts[index];
            _optional[index] = part.EndsWith('?') || part.StartsWith('*');
            _names[index] = part.Trim('?', '*');
            if (part.StartsWith("**", StringComparison.Ordinal))
            {
                _named = index;
                _positional = Math.Min(_positional, index);
            }
            else if (part.StartsWith('*'))
            {
                _rest = index;
                _positional = Math.Min(_positional, index);
            }
        }
    }

    public object?[] Bind(string function, in CallArguments arguments)
    {
        var values = new object?[_names.Length];
        Array.Fill(values, Missing.Value);
        var given = arguments.Positional;
        if (given.Length > _positional && _rest < 0)
        {
            throw Fail.Type($"{function}() takes {_positional} positional arguments but {given.Length} were given");
        }

        Array.Copy(given, values, Math.Min(given.Length, _positional));
        if (_rest >= 0)
        {
            values[_rest] = new TupleValue(given.Length > _positional ? given[_positional..] : []);
        }

        var named = _named >= 0 ? new DictValue() : null;
        foreach (var (name, value) in arguments.Named)
        {
            var at = Array.IndexOf(_names, name);
            if (at >= 0 && at != _rest && at != _named)
            {
                values[at] = values[at] is Missing ? value
                    : throw Fail.Type($"{function}() got multiple values for argument '{name}'");
            }
            else if (named is not null)
            {
                named.Set(name, value);
            }
            else
            {
                throw Fail.Type($"{function}() got an unexpected keyword argument '{name}'");
            }
        }

        if (_named >= 0)
        {
            values[_named] = named;
        }

        for (var index = 0; index < values.Length; index++)
        {
            if (values[index] is Missing && !_optional[index])
            {
                throw Fail.Type($"{function}() is missing the argument '{_names[index]}'");
            }
        }

        return values;
    }
}

/// <summary>The bound arguments of a function, with Python's conversions.</summary>
internal readonly struct Arguments(object?[] values)
{
    public object? this[int index] => values[index];

    public bool Has(int index) => values[index] is not Missing;

    public object? Or(int index, object? fallback) => values[index] is Missing ? fallback : values[index];

    public bool Flag(int index, bool fallback = false) => values[index] is Missing ? fallback : Types.IsTrue(values[index]);

    public long Whole(int index, long fallback) => values[index] is Missing ? fallback : Numbers.ToIndex(values[index]);

    public int Small(int index, int fallback) => (int)Math.Clamp(Whole(index, fallback), int.MinValue / 2, int.MaxValue / 2);

    /// <summary>A text; other values are an error.</summary>
    public string Text(int index, string? fallback = null) => values[index] is Missing && fallback is not null
        ? fallback
        : Types.AsText(values[index]) ?? throw Fail.Type($"expected str, not {Types.Name(values[index])}");

    /// <summary>Any value as text.</summary>
    public string Shown(int index) => Show.Text(values[index]);

    public TupleValue Rest(int index) => (TupleValue)values[index]!;

    public DictValue Named(int index) => (DictValue)values[index]!;
}

/// <summary>The body of a function.</summary>
internal delegate object? Body(RenderState state, Arguments arguments);

/// <summary>A function of the environment.</summary>
internal sealed class Function(string name, string signature, Body body) : CallableValue
{
    private readonly Signature _signature = new(signature);

    public override string Name => name;

    public override object? Call(RenderState state, CallArguments arguments)
    {
        state.Step();
        return body(state, new Arguments(_signature.Bind(name, arguments)));
    }
}

/// <summary>A method of a value.</summary>
internal sealed class BoundMethod(object owner, Methods.Method method) : CallableValue
{
    public override string Name => method.Name;

    public override object? Call(RenderState state, CallArguments arguments) => method.Call(state, owner, arguments);
}

/// <summary>A function that is made while rendering.</summary>
internal sealed class LambdaValue(string name, Func<RenderState, CallArguments, object?> body) : CallableValue
{
    public override string Name => name;

    public override object? Call(RenderState state, CallArguments arguments) => body(state, arguments);
}

/// <summary><c>namespace()</c>: the only value that a template can change.</summary>
internal sealed class NamespaceValue(DictValue items)
{
    public DictValue Items => items;
}

/// <summary><c>cycler()</c>.</summary>
internal sealed class CyclerValue(object?[] items)
{
    private int _at;

    public object? Current => items[_at];

    public object? Next()
    {
        var current = Current;
        _at = (_at + 1) % items.Length;
        return current;
    }

    public void Reset() => _at = 0;
}

/// <summary>The variable <c>loop</c>.</summary>
internal sealed class LoopValue(LoopItems items, int depth, LambdaValue? recurse) : CallableValue
{
    private object?[]? _changed;

    public int Index0 { get; set; }

    public int Index => Index0 + 1;

    public int Length => items.Count();

    public override string Name => "loop";

    public override object? Call(RenderState state, CallArguments arguments) => recurse is null
        ? throw Fail.Type("The loop must have the 'recursive' marker to be called recursively.")
        : recurse.Call(state, arguments);

    public object? Attribute(string name) => name switch
    {
        "index" => Numbers.Box(Index),
        "index0" => Numbers.Box(Index0),
        "revindex" => Numbers.Box(Length - Index0),
        "revindex0" => Numbers.Box(Length - Index),
        "first" => Numbers.Box(Index0 == 0),
        "last" => Numbers.Box(!items.Has(Index)),
        "length" => Numbers.Box(Length),
        "depth" => Numbers.Box(depth + 1),
        "depth0" => Numbers.Box(depth),
        "previtem" => Index0 > 0 ? items[Index0 - 1] : Undefined.Because("there is no previous item"),
        "nextitem" => items.Has(Index) ? items[Index] : Undefined.Because("there is no next item"),
        "cycle" => new LambdaValue("cycle", (_, arguments) => arguments.Positional.Length == 0
            ? throw Fail.Type("no items for cycling given")
            : arguments.Positional[Index0 % arguments.Positional.Length]),
        "changed" => new LambdaValue("changed", (_, arguments) =>
        {
            var same = _changed is not null && Equality.Same(new TupleValue(_changed), new TupleValue(arguments.Positional));
            _changed = arguments.Positional;
            return Numbers.Box(!same);
        }),
        _ => Missing.Value,
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"<LoopContext {Index}/{Length}>");
}
