using HaNatsBridge.Templates.Filters;
using HaNatsBridge.Templates.Methods;
using HaNatsBridge.Templates.Parsing;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Evaluation;

/// <summary>A node that gives a value.</summary>
internal abstract class Expression
{
    public int Position { get; init; }

    public abstract object? Evaluate(RenderState state, Scope scope);
}

internal sealed class ConstantNode(object? value) : Expression
{
    public object? Value => value;

    public override object? Evaluate(RenderState state, Scope scope) => value;
}

internal sealed class NameNode(string name) : Expression
{
    private readonly VariableKind _kind = name switch
    {
        "value" => VariableKind.Payload,
        "value_json" => VariableKind.Json,
        _ => VariableKind.Other,
    };

    public override object? Evaluate(RenderState state, Scope scope) =>
        scope.TryGet(name, out var value) ? value : state.Variable(name, _kind);
}

internal sealed class ListNode(Expression[] items) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope) => new ListValue(All(items, state, scope));

    public static object?[] All(Expression[] items, RenderState state, Scope scope)
    {
        if (items.Length == 0)
        {
            return [];
        }

        state.ChargeItems(items.Length);
        var values = new object?[items.Length];
        for (var index = 0; index < items.Length; index++)
        {
            values[index] = items[index].Evaluate(state, scope);
        }

        return values;
    }
}

internal sealed class TupleNode(Expression[] items) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope) => new TupleValue(ListNode.All(items, state, scope));
}

internal sealed class DictNode((Expression Key, Expression Value)[] items) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope)
    {
        state.ChargeItems(items.Length, 2);
        var dict = new DictValue(items.Length);
        foreach (var (key, value) in items)
        {
            dict.Set(key.Evaluate(state, scope), value.Evaluate(state, scope));
        }

        return dict;
    }
}

internal sealed class AttributeNode(Expression owner, string name) : Expression
{
    private readonly bool _isDictMethod = MethodTable.IsDictMethod(name);

    public override object? Evaluate(RenderState state, Scope scope)
    {
        var value = owner.Evaluate(state, scope);
        if (!_isDictMethod && value is DictValue dict && dict.TryGet(name, out var item))
        {
            return item;
        }

        state.Position = Position;
        return Access.Attribute(value, name);
    }
}

internal sealed class ItemNode(Expression owner, Expression key) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope)
    {
        var value = owner.Evaluate(state, scope);
        var index = key.Evaluate(state, scope);
        state.Position = Position;
        return Access.Item(value, index);
    }
}

internal sealed class SliceNode(Expression owner, Expression? start, Expression? stop, Expression? step) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope)
    {
        var value = owner.Evaluate(state, scope);
        var (from, to, by) = (start?.Evaluate(state, scope), stop?.Evaluate(state, scope), step?.Evaluate(state, scope));
        state.Position = Position;
        return Access.Slice(state, value, from, to, by);
    }
}

internal sealed class ConditionNode(Expression condition, Expression value, Expression? otherwise) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope) =>
        Types.IsTrue(condition.Evaluate(state, scope)) ? value.Evaluate(state, scope)
        : otherwise is not null ? otherwise.Evaluate(state, scope)
        : Undefined.Because("the if-expression was false and has no else");
}

internal sealed class OrNode(Expression left, Expression right) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope)
    {
        var value = left.Evaluate(state, scope);
        return Types.IsTrue(value) ? value : right.Evaluate(state, scope);
    }
}

internal sealed class AndNode(Expression left, Expression right) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope)
    {
        var value = left.Evaluate(state, scope);
        return Types.IsTrue(value) ? right.Evaluate(state, scope) : value;
    }
}

internal sealed class NotNode(Expression value) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope) => Numbers.Box(!Types.IsTrue(value.Evaluate(state, scope)));
}

internal sealed class CompareNode(Expression first, (string Sign, Expression Value, int Position)[] rest) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope)
    {
        var left = first.Evaluate(state, scope);
        foreach (var (sign, expression, position) in rest)
        {
            var right = expression.Evaluate(state, scope);
            state.Position = position;
            state.Step();
            if (!Comparison.Holds(state, sign, left, right))
            {
                return Numbers.False;
            }

            left = right;
        }

        return Numbers.True;
    }
}

internal sealed class ArithmeticNode(string sign, Expression left, Expression right) : Expression
{
    private readonly char _sign = sign switch { "//" => 'f', "**" => 'p', _ => sign[0] };

    public override object? Evaluate(RenderState state, Scope scope)
    {
        var (a, b) = (left.Evaluate(state, scope), right.Evaluate(state, scope));
        state.Position = Position;
        state.Step();
        return _sign switch
        {
            '+' => Operators.Add(state, a, b),
            '-' => Operators.Subtract(a, b),
            '*' => Operators.Multiply(state, a, b),
            '/' => Operators.Divide(a, b),
            'f' => Operators.FloorDivide(a, b),
            '%' => Operators.Modulo(state, a, b),
            _ => Operators.Power(state, a, b),
        };
    }
}

internal sealed class UnaryNode(bool negative, Expression value) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope)
    {
        var operand = value.Evaluate(state, scope);
        state.Position = Position;
        return negative ? Operators.Negate(operand) : Operators.Plus(operand);
    }
}

internal sealed class ConcatNode(Expression[] parts) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope)
    {
        var texts = new string[parts.Length];
        long length = 0;
        for (var index = 0; index < parts.Length; index++)
        {
            var value = parts[index].Evaluate(state, scope);
            state.Position = parts[index].Position;
            texts[index] = Show.Text(value);
            length += texts[index].Length;
        }

        state.Step();
        state.Charge(length);
        return string.Concat(texts);
    }
}

/// <summary>The arguments of a call, not yet evaluated.</summary>
internal sealed class ArgumentNodes(Expression[] positional, (string Name, Expression Value)[] named, Expression? rest,
    Expression? more)
{
    public static readonly ArgumentNodes None = new([], [], null, null);

    /// <summary>Evaluates them; a first argument may be put before.</summary>
    public CallArguments Evaluate(RenderState state, Scope scope, object? first)
    {
        var offset = first is Missing ? 0 : 1;
        var values = offset + positional.Length == 0 ? [] : new object?[offset + positional.Length];
        if (offset == 1)
        {
            values[0] = first;
        }

        for (var index = 0; index < positional.Length; index++)
        {
            values[offset + index] = positional[index].Evaluate(state, scope);
        }

        KeyValuePair<string, object?>[] keywords = named.Length == 0 ? [] : new KeyValuePair<string, object?>[named.Length];
        for (var index = 0; index < named.Length; index++)
        {
            keywords[index] = new(named[index].Name, named[index].Value.Evaluate(state, scope));
        }

        if (rest is not null)
        {
            values = [.. values, .. state.List(rest.Evaluate(state, scope))];
        }

        if (more is not null)
        {
            var dict = more.Evaluate(state, scope) as DictValue ?? throw Fail.Type("the argument after ** must be a dict");
            keywords = [.. keywords, .. dict.Select(pair => new KeyValuePair<string, object?>(
                Types.AsText(pair.Key) ?? throw Fail.Type("keywords must be strings"), pair.Value))];
        }

        return new(values, keywords);
    }
}

internal sealed class CallNode(Expression callee, ArgumentNodes arguments) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope) => Call(state, scope, null);

    /// <summary>Calls with one more named argument, <c>caller</c>.</summary>
    public object? Call(RenderState state, Scope scope, MacroValue? caller)
    {
        var function = callee.Evaluate(state, scope);
        if (function is Undefined undefined)
        {
            state.Position = Position;
            throw undefined.Error();
        }

        var given = arguments.Evaluate(state, scope, Missing.Value);
        if (caller is not null)
        {
            given = given with { Named = [.. given.Named, new("caller", caller)] };
        }

        state.Position = Position;
        state.Step();
        return function is CallableValue callable
            ? callable.Call(state, given)
            : throw Fail.Type($"'{Types.Name(function)}' object is not callable");
    }
}

internal sealed class FilterNode(Function filter, Expression value, ArgumentNodes arguments) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope)
    {
        var given = arguments.Evaluate(state, scope, value.Evaluate(state, scope));
        state.Position = Position;
        return filter.Call(state, given);
    }
}

internal sealed class TestNode(Function test, Expression value, ArgumentNodes arguments) : Expression
{
    public override object? Evaluate(RenderState state, Scope scope)
    {
        var given = arguments.Evaluate(state, scope, value.Evaluate(state, scope));
        state.Position = Position;
        return test.Call(state, given);
    }
}

/// <summary>The value that a filter block puts into its filter.</summary>
internal sealed class HolderNode : Expression
{
    private readonly string _key = new("held");

    public override object? Evaluate(RenderState state, Scope scope) => scope.TryGet(_key, out var value) ? value : null;

    public Scope Hold(Scope scope, object value)
    {
        var inner = new Scope(scope);
        inner.Set(_key, value);
        return inner;
    }
}

/// <summary>A filter or test that does not exist, in a branch.</summary>
internal sealed class UnknownNode(string what, string name, IEnumerable<string> known) : Expression
{
    public bool Soft { get; set; }

    public string Message => Library.NeedsStates.Contains(name)
        ? $"the {what} '{name}' needs the states of Home Assistant, which are not there"
        : $"there is no {what} '{name}'{Suggestion.For(name, known)}";

    public override object? Evaluate(RenderState state, Scope scope)
    {
        state.Position = Position;
        throw Fail.Runtime(Message);
    }
}
