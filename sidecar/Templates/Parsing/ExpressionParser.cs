using HaNatsBridge.Templates.Evaluation;

namespace HaNatsBridge.Templates.Parsing;

/// <summary>Parses expressions with Jinja's precedence, which is not Python's: see docs/templates.md.</summary>
internal abstract partial class ExpressionParser(Source source, List<Token> tokens)
{
    private const int MaxDepth = 150;

    private readonly Dictionary<string, string> _names = [];
    private int _next;
    private int _depth;

    protected Source Source => source;

    protected Token Current => tokens[_next];

    /// <summary>Filters and tests that do not exist. They are errors, unless they are in a branch, which may never run.</summary>
    protected List<UnknownNode> Unknown { get; } = [];

    /// <summary>Names that the macro or loop which is being parsed reads, for each of those around.</summary>
    protected Stack<HashSet<string>> Reads { get; } = new();

    protected Token Ahead => tokens[Math.Min(_next + 1, tokens.Count - 1)];

    protected Token Take() => Current.Kind == TokenKind.End ? Current : tokens[_next++];

    protected bool Skip(string name)
    {
        if (!Current.IsName(name))
        {
            return false;
        }

        _next++;
        return true;
    }

    protected bool SkipOperator(string sign)
    {
        if (!Current.IsOperator(sign))
        {
            return false;
        }

        _next++;
        return true;
    }

    protected Token Expect(string sign) =>
        Current.IsOperator(sign) ? Take() : throw Syntax($"expected '{sign}', found {Current.Description}");

    protected Token ExpectName(string? what = null) => Current.Kind == TokenKind.Name
        ? Take()
        : throw Syntax($"expected {what ?? "a name"}, found {Current.Description}");

    protected Token Expect(TokenKind kind, string what) =>
        Current.Kind == kind ? Take() : throw Syntax($"expected {what}, found {Current.Description}");

    protected TemplateError Syntax(string message, int position = -1) =>
        source.Syntax(message, position < 0 ? Current.Position : position);

    /// <summary>One object for each name, so that scopes compare references.</summary>
    protected string Intern(string name)
    {
        if (!_names.TryGetValue(name, out var known))
        {
            _names[name] = known = name;
        }

        return known;
    }

    protected Expression ParseTuple(bool conditional = true, bool parentheses = false, string? end = null)
    {
        var position = Current.Position;
        var items = new List<Expression>();
        var isTuple = false;
        while (true)
        {
            if (items.Count > 0)
            {
                Expect(",");
            }

            if (Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || Current.IsOperator(")")
                || (end is not null && Current.IsName(end)))
            {
                break;
            }

            items.Add(conditional ? ParseExpression() : ParseOr());
            if (!Current.IsOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        if (isTuple || (items.Count == 0 && parentheses))
        {
            return new TupleNode([.. items]) { Position = position };
        }

        return items.Count > 0 ? items[0] : throw Syntax($"expected an expression, found {Current.Description}");
    }

    protected Expression ParseExpression()
    {
        if (++_depth > MaxDepth)
        {
            throw Syntax("the expression is nested too deeply");
        }

        var known = Unknown.Count;
        var position = Current.Position;
        var value = ParseOr();
        while (Skip("if"))
        {
            var condition = ParseOr();
            var otherwise = Skip("else") ? ParseExpression() : null;
            value = new ConditionNode(condition, value, otherwise) { Position = position };
            Soften(known);
        }

        _depth--;
        return value;
    }

    protected void Soften(int from)
    {
        foreach (var node in Unknown.Skip(from))
        {
            node.Soft = true;
        }
    }

    protected Expression ParseOr()
    {
        var left = ParseAnd();
        while (Skip("or"))
        {
            left = new OrNode(left, ParseAnd()) { Position = left.Position };
        }

        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (Skip("and"))
        {
            left = new AndNode(left, ParseNot()) { Position = left.Position };
        }

        return left;
    }

    private Expression ParseNot()
    {
        var position = Current.Position;
        var count = 0;
        while (Skip("not"))
        {
            count++;
        }

        var value = ParseCompare();
        for (; count > 0; count--)
        {
            value = new NotNode(value) { Position = position };
        }

        return value;
    }

    private Expression ParseCompare()
    {
        var first = ParseSum();
        List<(string, Expression, int)>? rest = null;
        while (true)
        {
            var position = Current.Position;
            string sign;
            if (Current.Kind == TokenKind.Operator && Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=")
            {
                sign = Take().Text;
            }
            else if (Skip("in"))
            {
                sign = "in";
            }
            else if (Current.IsName("not") && Ahead.IsName("in"))
            {
                _next += 2;
                sign = "not in";
            }
            else
            {
                return rest is null ? first : new CompareNode(first, [.. rest]) { Position = rest[0].Item3 };
            }

            (rest ??= []).Add((sign, ParseSum(), position));
        }
    }

    private Expression ParseSum()
    {
        var left = ParseConcat();
        while (Current.IsOperator("+") || Current.IsOperator("-"))
        {
            var sign = Take();
            left = new ArithmeticNode(sign.Text, left, ParseConcat()) { Position = sign.Position };
        }

        return left;
    }

    private Expression ParseConcat()
    {
        var first = ParseProduct();
        if (!Current.IsOperator("~"))
        {
            return first;
        }

        var parts = new List<Expression> { first };
        while (SkipOperator("~"))
        {
            parts.Add(ParseProduct());
        }

        return new ConcatNode([.. parts]) { Position = first.Position };
    }

    private Expression ParseProduct()
    {
        var left = ParsePower();
        while (Current.Kind == TokenKind.Operator && Current.Text is "*" or "/" or "//" or "%")
        {
            var sign = Take();
            left = new ArithmeticNode(sign.Text, left, ParsePower()) { Position = sign.Position };
        }

        return left;
    }

    private Expression ParsePower()
    {
        var left = ParseUnary(true);
        while (Current.IsOperator("**"))
        {
            var sign = Take();
            left = new ArithmeticNode("**", left, ParseUnary(true)) { Position = sign.Position };
        }

        return left;
    }

    private Expression ParseUnary(bool filters)
    {
        var position = Current.Position;
        Expression value;
        if (Current.IsOperator("-") || Current.IsOperator("+"))
        {
            if (++_depth > MaxDepth)
            {
                throw Syntax("the expression is nested too deeply");
            }

            var sign = Take().Text;
            value = new UnaryNode(sign == "-", ParseUnary(false)) { Position = position };
            _depth--;
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        return filters ? ParseFilters(value) : value;
    }

    private Expression ParsePrimary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                _next++;
                return token.Text switch
                {
                    "true" or "True" => new ConstantNode(Values.Numbers.True) { Position = token.Position },
                    "false" or "False" => new ConstantNode(Values.Numbers.False) { Position = token.Position },
                    "none" or "None" => new ConstantNode(null) { Position = token.Position },
                    _ => Name(token),
                };
            case TokenKind.Text:
                var text = "";
                while (Current.Kind == TokenKind.Text)
                {
                    text += Take().Text;
                }

                return new ConstantNode(text) { Position = token.Position };
            case TokenKind.Integer or TokenKind.Float:
                _next++;
                return new ConstantNode(token.Value) { Position = token.Position };
            case TokenKind.Operator when token.Text == "(":
                _next++;
                var tuple = Nested(() => ParseTuple(parentheses: true));
                Expect(")");
                return tuple;
            case TokenKind.Operator when token.Text == "[":
                return Nested(ParseList);
            case TokenKind.Operator when token.Text == "{":
                return Nested(ParseDict);
            default:
                throw Syntax($"expected an expression, found {token.Description}");
        }
    }

    private Expression Nested(Func<Expression> parse)
    {
        if (++_depth > MaxDepth)
        {
            throw Syntax("the expression is nested too deeply");
        }

        var value = parse();
        _depth--;
        return value;
    }

    protected NameNode Name(Token token)
    {
        foreach (var reads in Reads)
        {
            reads.Add(token.Text);
        }

        return new NameNode(Intern(token.Text)) { Position = token.Position };
    }

    private ListNode ParseList()
    {
        var token = Expect("[");
        var items = new List<Expression>();
        while (!Current.IsOperator("]"))
        {
            if (items.Count > 0)
            {
                Expect(",");
                if (Current.IsOperator("]"))
                {
                    break;
                }
            }

            items.Add(ParseExpression());
        }

        Expect("]");
        return new ListNode([.. items]) { Position = token.Position };
    }

    private DictNode ParseDict()
    {
        var token = Expect("{");
        var items = new List<(Expression, Expression)>();
        while (!Current.IsOperator("}"))
        {
            if (items.Count > 0)
            {
                Expect(",");
                if (Current.IsOperator("}"))
                {
                    break;
                }
            }

            var key = ParseExpression();
            Expect(":");
            items.Add((key, ParseExpression()));
        }

        Expect("}");
        return new DictNode([.. items]) { Position = token.Position };
    }
}
