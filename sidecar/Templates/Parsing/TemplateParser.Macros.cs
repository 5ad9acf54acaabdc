using HaNatsBridge.Templates.Evaluation;

namespace HaNatsBridge.Templates.Parsing;

/// <content>Macros and their callers.</content>
internal sealed partial class TemplateParser
{
    private MacroStatement ParseMacro()
    {
        var name = AssignableName("the macro's name").Text;
        return new MacroStatement(Intern(name), ParseDefinition(name, true, "endmacro"));
    }

    private MacroDefinition ParseDefinition(string name, bool signature, string end)
    {
        var parameters = new List<(string, Expression?)>();
        if (signature)
        {
            Expect("(");
            while (!Current.IsOperator(")"))
            {
                if (parameters.Count > 0)
                {
                    Expect(",");
                }

                var parameter = Intern(AssignableName("the name of a parameter").Text);
                if (SkipOperator("="))
                {
                    parameters.Add((parameter, ParseExpression()));
                }
                else if (parameters.Exists(other => other.Item2 is not null))
                {
                    throw Syntax("parameters without a default come before those with one");
                }
                else
                {
                    parameters.Add((parameter, null));
                }
            }

            Expect(")");
        }

        return ParseDefinitionBody(name, parameters, end, null);
    }

    private MacroDefinition ParseDefinitionBody(string name, List<(string, Expression?)> parameters, string end,
        Func<Statement>? parse)
    {
        Reads.Push([]);
        var body = Detached(parse ?? (() => ParseBlock(end)));
        var reads = Reads.Pop();
        reads.ExceptWith(parameters.Select(parameter => parameter.Item1));
        return new MacroDefinition(
            name,
            [.. parameters],
            body,
            reads.Contains("caller") ? Intern("caller") : null,
            reads.Contains("varargs") ? Intern("varargs") : null,
            reads.Contains("kwargs") ? Intern("kwargs") : null,
            _escape);
    }

    private CallStatement ParseCall()
    {
        var parameters = new List<(string, Expression?)>();
        if (SkipOperator("("))
        {
            while (!Current.IsOperator(")"))
            {
                if (parameters.Count > 0)
                {
                    Expect(",");
                }

                var parameter = Intern(AssignableName("the name of a parameter").Text);
                parameters.Add((parameter, SkipOperator("=") ? ParseExpression() : null));
            }

            Expect(")");
        }

        var position = Current.Position;
        var call = ParseExpression() as CallNode ?? throw Syntax("expected the call of a macro", position);
        return new CallStatement(call, ParseDefinitionBody("caller", parameters, "endcall", null), _escape);
    }
}
