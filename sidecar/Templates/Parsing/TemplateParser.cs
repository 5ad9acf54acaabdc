using HaNatsBridge.Templates.Evaluation;

namespace HaNatsBridge.Templates.Parsing;

/// <summary>Parses the statements of a template.</summary>
internal sealed partial class TemplateParser : ExpressionParser
{
    private const int MaxBlocks = 60;

    private static readonly string[] Tags =
    [
        "if", "for", "set", "macro", "call", "filter", "with", "do", "block", "autoescape", "print", "include", "import", "from",
        "extends", "break", "continue", "raw",
    ];

    private readonly Stack<string> _open = new();
    private int _loops;
    private bool _escape;

    private TemplateParser(Source source)
        : base(source, Lexer.Read(source))
    {
    }

    public static Statement Parse(Source source)
    {
        var parser = new TemplateParser(source);
        var body = parser.ParseBody([]);
        foreach (var unknown in parser.Unknown)
        {
            if (!unknown.Soft)
            {
                throw source.Error(TemplateErrorKind.UnknownName, unknown.Message, unknown.Position);
            }
        }

        return body;
    }

    /// <summary>Parses up to one of the tags, which is left as the current token; no tags: to the end of the template.</summary>
    private Statement ParseBody(string[] ends)
    {
        var statements = new List<Statement>();
        while (true)
        {
            var token = Current;
            switch (token.Kind)
            {
                case TokenKind.Data:
                    Take();
                    statements.Add(new TextStatement(token.Text));
                    break;
                case TokenKind.VariableBegin:
                    Take();
                    var value = ParseTuple();
                    statements.Add(new OutputStatement(value, _escape));
                    Expect(TokenKind.VariableEnd, "an operator or '}}'");
                    break;
                case TokenKind.BlockBegin:
                    Take();
                    if (Current.Kind == TokenKind.Name && ends.Contains(Current.Text))
                    {
                        return Statement.Sequence(statements);
                    }

                    statements.Add(ParseStatement());
                    Expect(TokenKind.BlockEnd, "'%}'");
                    break;
                case TokenKind.End when ends.Length == 0:
                    return Statement.Sequence(statements);
                case TokenKind.End:
                    throw Syntax($"{{% {_open.Peek()} %}} has no end: write {{% end{_open.Peek()} %}}");
                default:
                    throw Syntax($"unexpected {token.Description}");
            }
        }
    }

    /// <summary>Parses what follows a tag's head: the body and, unless asked otherwise, the name of the end tag.</summary>
    private Statement ParseBlock(params string[] ends)
    {
        SkipOperator(":");
        Expect(TokenKind.BlockEnd, "'%}'");
        if (_open.Count > MaxBlocks)
        {
            throw Syntax("the blocks are nested too deeply");
        }

        var body = ParseBody(ends);
        if (ends.Length == 1)
        {
            Take();
        }

        return body;
    }

    private Statement ParseStatement()
    {
        var tag = ExpectName("the name of a tag");
        _open.Push(tag.Text);
        var statement = tag.Text switch
        {
            "if" => ParseIf(),
            "for" => ParseFor(),
            "set" => ParseSet(),
            "macro" => ParseMacro(),
            "call" => ParseCall(),
            "filter" => ParseFilterBlock(),
            "with" => ParseWith(),
            "do" => new DoStatement(ParseTuple()),
            "print" => ParsePrint(),
            "block" => ParseNamedBlock(),
            "autoescape" => ParseAutoescape(),
            "break" or "continue" when _loops > 0 => new JumpStatement(tag.Text == "break" ? Flow.Break : Flow.Continue),
            "break" or "continue" => throw Syntax($"{{% {tag.Text} %}} is outside a loop", tag.Position),
            "include" or "import" or "from" or "extends" => ParseImport(tag),
            _ => throw UnknownTag(tag),
        };
        statement.Position = tag.Position;
        _open.Pop();
        return statement;
    }

    private TemplateError UnknownTag(Token tag)
    {
        _open.Pop();
        var inner = _open.Count > 0 ? $"; {{% {_open.Peek()} %}} is open" : "";
        return Syntax(
            tag.Text.StartsWith("end", StringComparison.Ordinal) || tag.Text is "else" or "elif"
                ? $"{{% {tag.Text} %}} ends nothing{inner}"
                : $"there is no tag '{tag.Text}'{Suggestion.For(tag.Text, Tags)}{inner}",
            tag.Position);
    }

    private IfStatement ParseIf()
    {
        var branches = new List<(Expression?, Statement)>();
        var known = -1;
        while (true)
        {
            known = known < 0 ? Unknown.Count : known;
            var test = ParseTuple(conditional: false);
            branches.Add((test, ParseBlock("elif", "else", "endif")));
            var tag = Take().Text;
            if (tag == "else")
            {
                branches.Add((null, ParseBlock("endif")));
            }

            if (tag != "elif")
            {
                Soften(known);
                return new IfStatement([.. branches]);
            }
        }
    }

    private ForStatement ParseFor()
    {
        if (Current.IsName("loop"))
        {
            throw Source.Error(TemplateErrorKind.UnknownName, "'loop' is the loop itself; use another name", Current.Position);
        }

        var target = ParseTarget(false, "in");
        if (!Skip("in"))
        {
            throw Syntax($"expected 'in', found {Current.Description}");
        }

        var items = ParseTuple(conditional: false, end: "recursive");
        Reads.Push([]);
        var test = Skip("if") ? ParseExpression() : null;
        var recursive = Skip("recursive");
        _loops++;
        var body = ParseBlock("endfor", "else");
        _loops--;
        var reads = Reads.Pop();
        var otherwise = Take().Text == "else" ? ParseBlock("endfor") : null;
        return new ForStatement(target, items, test, body, otherwise, recursive, reads.Contains("loop"), Intern("loop"), _escape);
    }

    private Statement ParseSet()
    {
        var target = ParseTarget(true, null);
        if (SkipOperator("="))
        {
            return new SetStatement(target, ParseTuple());
        }

        Expression? filter = null;
        var holder = new HolderNode();
        while (Current.IsOperator("|"))
        {
            filter = ParseFilter(filter ?? holder, true);
        }

        if (Current.Kind != TokenKind.BlockEnd)
        {
            throw Syntax($"expected '=' or '%}}', found {Current.Description}");
        }

        var body = Detached(() => ParseBlock("endset"));
        return new SetBlockStatement(target, filter, holder, body, _escape);
    }

    /// <summary>Parses a body in which break and continue do not reach the loop outside.</summary>
    private Statement Detached(Func<Statement> parse)
    {
        var loops = _loops;
        _loops = 0;
        var body = parse();
        _loops = loops;
        return body;
    }

    private FilterStatement ParseFilterBlock()
    {
        var holder = new HolderNode();
        var filter = ParseFilter(holder, false);
        while (Current.IsOperator("|"))
        {
            filter = ParseFilter(filter, true);
        }

        return new FilterStatement(filter, holder, Detached(() => ParseBlock("endfilter")), _escape);
    }

    private WithStatement ParseWith()
    {
        var targets = new List<(Target, Expression)>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (targets.Count > 0)
            {
                Expect(",");
            }

            var target = ParseTarget(false, null, single: true);
            Expect("=");
            targets.Add((target, ParseExpression()));
        }

        return new WithStatement([.. targets], ParseBlock("endwith"));
    }

    private Statement ParsePrint()
    {
        var parts = new List<Statement>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (parts.Count > 0)
            {
                Expect(",");
            }

            parts.Add(new OutputStatement(ParseExpression(), _escape));
        }

        return new SequenceStatement([.. parts]);
    }

    private ScopeStatement ParseNamedBlock()
    {
        var name = ExpectName("the block's name").Text;
        Skip("scoped");
        Skip("required");
        var body = Detached(() => ParseBlock("endblock"));
        Skip(name);
        return new ScopeStatement(body);
    }

    private ScopeStatement ParseAutoescape()
    {
        if (ParseExpression() is not ConstantNode constant)
        {
            throw Syntax("autoescape needs true or false");
        }

        var outer = _escape;
        _escape = Values.Types.IsTrue(constant.Value);
        var body = ParseBlock("endautoescape");
        _escape = outer;
        return new ScopeStatement(body);
    }

    private ImportStatement ParseImport(Token tag)
    {
        var name = ParseExpression();
        var optional = false;
        if (tag.Text == "include" && Skip("ignore"))
        {
            optional = Skip("missing") ? true : throw Syntax("expected 'missing'");
        }
        else if (tag.Text == "import")
        {
            if (!Skip("as"))
            {
                throw Syntax($"expected 'as', found {Current.Description}");
            }

            ExpectName();
        }
        else if (tag.Text == "from")
        {
            if (!Skip("import"))
            {
                throw Syntax($"expected 'import', found {Current.Description}");
            }

            do
            {
                ExpectName();
                if (Skip("as"))
                {
                    ExpectName();
                }
            }
            while (SkipOperator(","));
        }

        if ((Current.IsName("with") || Current.IsName("without")) && Ahead.IsName("context"))
        {
            Take();
            Take();
        }

        return new ImportStatement(name, optional);
    }

    /// <summary>What a loop or <c>set</c> assigns to: a name, <c>ns.name</c>, or several.</summary>
    private Target ParseTarget(bool attributes, string? end, bool single = false)
    {
        var targets = new List<Target>();
        var isTuple = false;
        while (targets.Count == 0
            || !(Current.IsOperator("=") || Current.IsOperator(")") || (end is not null && Current.IsName(end))))
        {
            targets.Add(ParseSingleTarget(attributes));
            if (single || !SkipOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        return isTuple ? new TupleTarget([.. targets]) : targets[0];
    }

    private Target ParseSingleTarget(bool attributes)
    {
        if (SkipOperator("("))
        {
            if (_open.Count + Reads.Count > MaxBlocks)
            {
                throw Syntax("nested too deeply");
            }

            _open.Push("(");
            var inner = ParseTarget(attributes, null);
            _open.Pop();
            Expect(")");
            return inner;
        }

        var token = AssignableName("the name of a variable");
        if (!attributes || !SkipOperator("."))
        {
            return new NameTarget(Intern(token.Text));
        }

        return new AttributeTarget(Name(token), ExpectName("the name of an attribute").Text) { Position = token.Position };
    }

    private Token AssignableName(string what)
    {
        var token = ExpectName(what);
        return token.Text is "true" or "false" or "none" or "True" or "False" or "None"
            ? throw Syntax($"'{token.Text}' is a value, not {what}", token.Position)
            : token;
    }
}
