using System.Text;
using HaNatsBridge.Templates.Filters;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Evaluation;

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    Normal,
    Break,
    Continue,
}

/// <summary>The rendered text.</summary>
internal sealed class Output(int limit)
{
    private readonly StringBuilder _text = new();

    public void Add(string text)
    {
        if (_text.Length + text.Length > limit)
        {
            throw Fail.Limit($"the output is longer than {limit} characters");
        }

        _text.Append(text);
    }

    public override string ToString() => _text.ToString();
}

/// <summary>A node that writes or changes something.</summary>
internal abstract class Statement
{
    public int Position { get; set; }

    public abstract Flow Execute(RenderState state, Scope scope, Output output);

    public static Statement Sequence(List<Statement> statements) =>
        statements is [var only] ? only : new SequenceStatement([.. statements]);

    /// <summary>What a body writes, as a value.</summary>
    protected static object Capture(RenderState state, Scope scope, Statement body, bool markup)
    {
        var output = new Output(state.MaxOutput);
        body.Execute(state, scope, output);
        var text = output.ToString();
        state.Charge(text.Length);
        return markup ? new Markup(text) : text;
    }
}

internal sealed class SequenceStatement(Statement[] statements) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        foreach (var statement in statements)
        {
            var flow = statement.Execute(state, scope, output);
            if (flow != Flow.Normal)
            {
                return flow;
            }
        }

        return Flow.Normal;
    }
}

internal sealed class TextStatement(string text) : Statement
{
    public string Text => text;

    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        state.Step();
        output.Add(text);
        return Flow.Normal;
    }
}

internal sealed class OutputStatement(Expression value, bool escape) : Statement
{
    public string Text(RenderState state, Scope scope)
    {
        var result = value.Evaluate(state, scope);
        state.Position = value.Position;
        state.Step();
        return escape ? Markup.Escape(result) : Show.Text(result);
    }

    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        output.Add(Text(state, scope));
        return Flow.Normal;
    }
}

internal sealed class DoStatement(Expression value) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        value.Evaluate(state, scope);
        state.Step();
        return Flow.Normal;
    }
}

internal sealed class IfStatement((Expression? Test, Statement Body)[] branches) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        state.Step();
        foreach (var (test, body) in branches)
        {
            if (test is null || Types.IsTrue(test.Evaluate(state, scope)))
            {
                return body.Execute(state, scope, output);
            }
        }

        return Flow.Normal;
    }
}

internal sealed class JumpStatement(Flow flow) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output) => flow;
}

internal sealed class ScopeStatement(Statement body) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output) => body.Execute(state, new Scope(scope), output);
}

internal sealed class SetStatement(Target target, Expression value) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        state.Step();
        var result = value.Evaluate(state, scope);
        state.Position = Position;
        target.Assign(state, scope, result);
        return Flow.Normal;
    }
}

internal sealed class SetBlockStatement(Target target, Expression? filter, HolderNode holder, Statement body, bool escape)
    : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        var captured = Capture(state, new Scope(scope), body, escape);
        var value = filter is null ? captured : filter.Evaluate(state, holder.Hold(scope, captured));
        state.Position = Position;
        target.Assign(state, scope, value);
        return Flow.Normal;
    }
}

internal sealed class FilterStatement(Expression filter, HolderNode holder, Statement body, bool escape) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        var captured = Capture(state, new Scope(scope), body, escape);
        output.Add(Show.Text(filter.Evaluate(state, holder.Hold(scope, captured))));
        return Flow.Normal;
    }
}

internal sealed class WithStatement((Target Target, Expression Value)[] targets, Statement body) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in targets)
        {
            target.Assign(state, inner, value.Evaluate(state, scope));
        }

        return body.Execute(state, inner, output);
    }
}

internal sealed class ImportStatement(Expression name, bool optional) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        var text = Show.Text(name.Evaluate(state, scope));
        state.Position = Position;
        return optional ? Flow.Normal : throw new TemplateError(
            TemplateErrorKind.NotFound, $"there is no template '{text}': templates cannot use other templates here");
    }
}

internal sealed class MacroStatement(string name, MacroDefinition definition) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        scope.Set(name, new MacroValue(definition, scope));
        return Flow.Normal;
    }
}

internal sealed class CallStatement(CallNode call, MacroDefinition body, bool escape) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        var value = call.Call(state, scope, new MacroValue(body, scope));
        output.Add(escape ? Markup.Escape(value) : Show.Text(value));
        return Flow.Normal;
    }
}

/// <summary>What is assigned to.</summary>
internal abstract class Target
{
    public int Position { get; init; }

    public abstract void Assign(RenderState state, Scope scope, object? value);
}

internal sealed class NameTarget(string name) : Target
{
    public override void Assign(RenderState state, Scope scope, object? value) => scope.Set(name, value);
}

internal sealed class AttributeTarget(Expression owner, string name) : Target
{
    public override void Assign(RenderState state, Scope scope, object? value)
    {
        if (owner.Evaluate(state, scope) is not NamespaceValue space)
        {
            state.Position = Position;
            throw Fail.Runtime("only a namespace() can be changed: {% set ns = namespace(x=0) %}, then {% set ns.x = … %}");
        }

        state.ChargeItems(1);
        space.Items.Set(name, value);
    }
}

internal sealed class TupleTarget(Target[] targets) : Target
{
    public override void Assign(RenderState state, Scope scope, object? value)
    {
        var count = 0;
        foreach (var item in Types.IsIterable(value) ? state.Items(value)
            : throw Fail.Type($"cannot unpack non-iterable {Types.Name(value)} object"))
        {
            if (count == targets.Length)
            {
                throw Fail.Value($"too many values to unpack: there are {targets.Length} variables");
            }

            targets[count++].Assign(state, scope, item);
        }

        if (count < targets.Length)
        {
            throw Fail.Value($"not enough values to unpack: there are {targets.Length} variables and {count} values");
        }
    }
}

/// <summary>The parameters and body of a macro.</summary>
/// <param name="Caller">The name <c>caller</c> if the body reads it; so are the next two.</param>
internal sealed record MacroDefinition(
    string Name,
    (string Name, Expression? Default)[] Parameters,
    Statement Body,
    string? Caller,
    string? Rest,
    string? Named,
    bool Escape);

/// <summary>A macro, with the variables around its definition.</summary>
internal sealed class MacroValue(MacroDefinition definition, Scope outer) : CallableValue
{
    public override string Name => definition.Name;

    public object? Attribute(string name) => name switch
    {
        "name" => definition.Name,
        "arguments" => new TupleValue([.. definition.Parameters.Select(parameter => (object?)parameter.Name)]),
        "catch_kwargs" => Numbers.Box(definition.Named is not null),
        "catch_varargs" => Numbers.Box(definition.Rest is not null),
        "caller" => Numbers.Box(definition.Caller is not null),
        _ => Missing.Value,
    };

    public override object? Call(RenderState state, CallArguments arguments)
    {
        state.Enter();
        var scope = new Scope(outer);
        Bind(state, scope, arguments);
        var output = new Output(state.MaxOutput);
        definition.Body.Execute(state, scope, output);
        var text = output.ToString();
        state.Charge(text.Length);
        state.Leave();
        return definition.Escape ? new Markup(text) : text;
    }

    private void Bind(RenderState state, Scope scope, CallArguments arguments)
    {
        var parameters = definition.Parameters;
        var (positional, named) = (arguments.Positional, arguments.Named.ToList());
        for (var index = 0; index < parameters.Length; index++)
        {
            var (name, fallback) = parameters[index];
            var at = named.FindIndex(argument => argument.Key == name);
            if (index < positional.Length)
            {
                scope.Set(name, at < 0 ? positional[index] : throw Fail.Type($"macro '{Name}' got the argument '{name}' twice"));
                continue;
            }

            scope.Set(name, at >= 0 ? named[at].Value
                : fallback is not null ? fallback.Evaluate(state, scope)
                : Undefined.Because($"parameter '{name}' was not provided"));
            if (at >= 0)
            {
                named.RemoveAt(at);
            }
        }

        if (definition.Caller is not null)
        {
            var at = named.FindIndex(argument => argument.Key == "caller");
            scope.Set(definition.Caller, at >= 0 ? named[at].Value : Undefined.Because("there is no caller: use {% call %}"));
            if (at >= 0)
            {
                named.RemoveAt(at);
            }
        }

        var rest = positional.Skip(parameters.Length).ToArray();
        if (definition.Rest is not null)
        {
            scope.Set(definition.Rest, new TupleValue(rest));
        }
        else if (rest.Length > 0)
        {
            throw Fail.Type($"macro '{Name}' takes not more than {parameters.Length} argument(s)");
        }

        if (definition.Named is not null)
        {
            var dict = new DictValue();
            named.ForEach(argument => dict.Set(argument.Key, argument.Value));
            scope.Set(definition.Named, dict);
        }
        else if (named.Count > 0)
        {
            throw Fail.Type($"macro '{Name}' takes no keyword argument '{named[0].Key}'");
        }
    }
}
