using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Evaluation;

internal sealed class ForStatement(
    Target target,
    Expression items,
    Expression? test,
    Statement body,
    Statement? otherwise,
    bool recursive,
    bool readsLoop,
    string loopName,
    bool escape) : Statement
{
    public override Flow Execute(RenderState state, Scope scope, Output output)
    {
        var value = items.Evaluate(state, scope);
        state.Position = Position;
        Run(state, scope, output, value, 0);
        return Flow.Normal;
    }

    private void Run(RenderState state, Scope scope, Output output, object? value, int depth)
    {
        state.Enter();
        var source = Filtered(state, scope, value);
        var inner = new Scope(scope);
        LoopValue? loop = null;
        var any = false;
        if (readsLoop)
        {
            var buffer = new LoopItems(state, source);
            loop = new LoopValue(buffer, depth, recursive ? Recursion(scope, depth) : null);
            for (var index = 0; buffer.Has(index); index++)
            {
                loop.Index0 = index;
                any = true;
                inner.Clear();
                inner.Set(loopName, loop);
                target.Assign(state, inner, buffer[index]);
                if (body.Execute(state, inner, output) == Flow.Break)
                {
                    break;
                }
            }
        }
        else
        {
            foreach (var item in source)
            {
                any = true;
                inner = body is TextStatement or OutputStatement ? Cleared(inner) : new Scope(scope);
                target.Assign(state, inner, item);
                if (body.Execute(state, inner, output) == Flow.Break)
                {
                    break;
                }
            }
        }

        state.Leave();
        if (!any)
        {
            otherwise?.Execute(state, new Scope(scope), output);
        }
    }

    private static Scope Cleared(Scope scope)
    {
        scope.Clear();
        return scope;
    }

    private IEnumerable<object?> Filtered(RenderState state, Scope scope, object? value)
    {
        var all = state.Items(value);
        return test is null ? all : Passing(state, scope, all);
    }

    /// <summary>Lazy: the test may depend on what the body has done.</summary>
    private IEnumerable<object?> Passing(RenderState state, Scope scope, IEnumerable<object?> all)
    {
        foreach (var item in all)
        {
            var inner = new Scope(scope);
            target.Assign(state, inner, item);
            if (Types.IsTrue(test!.Evaluate(state, inner)))
            {
                yield return item;
            }
        }
    }

    private LambdaValue Recursion(Scope scope, int depth) => new("loop", (state, arguments) =>
    {
        if (arguments.Positional is not [var value])
        {
            throw Fail.Type("loop() takes one argument");
        }

        var output = new Output(state.MaxOutput);
        Run(state, scope, output, value, depth + 1);
        var text = output.ToString();
        state.Charge(text.Length);
        return escape ? new Markup(text) : text;
    });
}

/// <summary>The items of a loop, read as far as somebody looks.</summary>
internal sealed class LoopItems(RenderState state, IEnumerable<object?> source)
{
    private readonly IEnumerator<object?> _source = source.GetEnumerator();
    private readonly List<object?> _items = [];

    public object? this[int index] => _items[index];

    public bool Has(int index)
    {
        while (_items.Count <= index)
        {
            if (!_source.MoveNext())
            {
                return false;
            }

            state.ChargeItems(1);
            _items.Add(_source.Current);
        }

        return true;
    }

    public int Count()
    {
        while (Has(_items.Count))
        {
        }

        return _items.Count;
    }
}
