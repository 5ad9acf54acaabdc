using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Filters;

namespace HaNatsBridge.Templates.Parsing;

/// <content>What follows a value: attributes, items, calls, filters and tests.</content>
internal abstract partial class ExpressionParser
{
    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            if (Current.IsOperator("."))
            {
                var dot = Take();
                var name = Take();
                value = name.Kind switch
                {
                    TokenKind.Name => new AttributeNode(value, Intern(name.Text)) { Position = dot.Position },
                    TokenKind.Integer => new ItemNode(value, new ConstantNode(name.Value)) { Position = dot.Position },
                    _ => throw Syntax($"expected a name or number after '.', found {name.Description}", name.Position),
                };
            }
            else if (Current.IsOperator("["))
            {
                value = ParseSubscript(value);
            }
            else if (Current.IsOperator("("))
            {
                var position = Current.Position;
                value = new CallNode(value, ParseArguments()) { Position = position };
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ParseSubscript(Expression owner)
    {
        var bracket = Expect("[");
        var keys = new List<Expression>();
        while (!Current.IsOperator("]"))
        {
            if (keys.Count > 0)
            {
                Expect(",");
            }

            keys.Add(ParseKey(owner, bracket.Position));
        }

        Expect("]");
        return keys switch
        {
            [SliceNode slice] => slice,
            [var key] => new ItemNode(owner, key) { Position = bracket.Position },
            _ => new ItemNode(owner, new TupleNode([.. keys])) { Position = bracket.Position },
        };
    }

    private Expression ParseKey(Expression owner, int position)
    {
        Expression? start = null, stop = null, step = null;
        if (!Current.IsOperator(":"))
        {
            start = ParseExpression();
            if (!Current.IsOperator(":"))
            {
                return start;
            }
        }

        Expect(":");
        if (!Current.IsOperator(":") && !Current.IsOperator("]") && !Current.IsOperator(","))
        {
            stop = ParseExpression();
        }

        if (SkipOperator(":") && !Current.IsOperator("]") && !Current.IsOperator(","))
        {
            step = ParseExpression();
        }

        return new SliceNode(owner, start, stop, step) { Position = position };
    }

    private Expression ParseFilters(Expression value)
    {
        while (true)
        {
            if (Current.IsOperator("|"))
            {
                value = ParseFilter(value, true);
            }
            else if (Current.IsName("is"))
            {
                value = ParseTest(value);
            }
            else if (Current.IsOperator("("))
            {
                var position = Current.Position;
                value = new CallNode(value, ParseArguments()) { Position = position };
            }
            else
            {
                return value;
            }
        }
    }

    protected Expression ParseFilter(Expression value, bool pipe)
    {
        if (pipe)
        {
            Expect("|");
        }

        var (name, position) = DottedName("the name of a filter");
        var arguments = Current.IsOperator("(") ? ParseArguments() : ArgumentNodes.None;
        if (Library.Filters.TryGetValue(name, out var filter))
        {
            return new FilterNode(filter, value, arguments) { Position = position };
        }

        var unknown = new UnknownNode("filter", name, Library.Filters.Keys) { Position = position };
        Unknown.Add(unknown);
        return unknown;
    }

    private Expression ParseTest(Expression value)
    {
        Take();
        var negated = Skip("not");
        var (name, position) = DottedName("the name of a test");
        var arguments = ArgumentNodes.None;
        if (Current.IsOperator("("))
        {
            arguments = ParseArguments();
        }
        else if (StartsArgument() && !Current.IsName("else") && !Current.IsName("or") && !Current.IsName("and"))
        {
            if (Current.IsName("is"))
            {
                throw Syntax("tests cannot be chained: write (a is b) is c");
            }

            arguments = new ArgumentNodes([ParsePostfix(ParsePrimary())], [], null, null);
        }

        Expression test;
        if (Library.Tests.TryGetValue(name, out var function))
        {
            test = new TestNode(function, value, arguments) { Position = position };
        }
        else
        {
            var unknown = new UnknownNode("test", name, Library.Tests.Keys) { Position = position };
            Unknown.Add(unknown);
            test = unknown;
        }

        return negated ? new NotNode(test) { Position = position } : test;
    }

    private bool StartsArgument() => Current.Kind is TokenKind.Name or TokenKind.Text or TokenKind.Integer or TokenKind.Float ||
        Current.IsOperator("[") || Current.IsOperator("{");

    private (string Name, int Position) DottedName(string what)
    {
        var token = ExpectName(what);
        var name = token.Text;
        while (SkipOperator("."))
        {
            name += "." + ExpectName(what).Text;
        }

        return (name, token.Position);
    }

    protected ArgumentNodes ParseArguments()
    {
        var bracket = Expect("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? rest = null, more = null;
        while (!Current.IsOperator(")"))
        {
            if (positional.Count + named.Count > 0 || rest is not null || more is not null)
            {
                Expect(",");
                if (Current.IsOperator(")"))
                {
                    break;
                }
            }

            if (Current.IsOperator("*"))
            {
                Ensure(rest is null && more is null);
                Take();
                rest = ParseExpression();
            }
            else if (Current.IsOperator("**"))
            {
                Ensure(more is null);
                Take();
                more = ParseExpression();
            }
            else if (Current.Kind == TokenKind.Name && Ahead.IsOperator("="))
            {
                Ensure(more is null);
                var name = Take();
                Take();
                if (named.Exists(given => given.Item1 == name.Text))
                {
                    throw Syntax($"the argument '{name.Text}' is given twice", name.Position);
                }

                named.Add((name.Text, ParseExpression()));
            }
            else
            {
                Ensure(rest is null && more is null && named.Count == 0);
                positional.Add(ParseExpression());
            }
        }

        Expect(")");
        return new ArgumentNodes([.. positional], [.. named], rest, more);

        void Ensure(bool valid)
        {
            if (!valid)
            {
                throw Syntax("arguments without a name come before those with a name", bracket.Position);
            }
        }
    }
}
