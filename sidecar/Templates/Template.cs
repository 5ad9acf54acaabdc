using System.Runtime.CompilerServices;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Parsing;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates;

/// <summary>
/// A template in the language of Home Assistant: Jinja2 with its filters, tests and functions, without its state machine.
/// Compiled once, then rendered by any number of threads.
/// </summary>
public sealed class Template
{
    private readonly TemplateOptions _options;
    private readonly Source? _source;
    private readonly Statement? _body;
    private readonly RegexCache _patterns = new();

    private Template(string text, TemplateOptions options)
    {
        Text = text;
        _options = options;
        if (IsStatic(text))
        {
            return;
        }

        _source = new Source(Types.Strip(text));
        _body = TemplateParser.Parse(_source);
    }

    /// <summary>The template's text.</summary>
    public string Text { get; }

    /// <summary>Compiles a template.</summary>
    /// <exception cref="TemplateError">The text is no template, or names a filter or test that does not exist.</exception>
    public static Template Parse(string text, TemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        options ??= TemplateOptions.Default;
        return text.Length <= options.Limits.Source
            ? new(text, options)
            : throw new TemplateError(TemplateErrorKind.Limit, $"the template is longer than {options.Limits.Source} characters");
    }

    /// <summary>Renders the template.</summary>
    /// <exception cref="TemplateError">What went wrong, and where.</exception>
    public TemplateResult Render(TemplateContext? context = null)
    {
        if (_body is null)
        {
            return new(Types.Strip(Text));
        }

        var state = new RenderState(_options, context ?? TemplateContext.Empty, _patterns);
        try
        {
            return new(Types.Strip(Write(state)));
        }
        catch (TemplateError error)
        {
            var (line, column) = _source!.Locate(state.Position);
            error.At(line, column);
            throw;
        }
        catch (InsufficientExecutionStackException)
        {
            var error = Fail.Recursion();
            var (line, column) = _source!.Locate(state.Position);
            error.At(line, column);
            throw error;
        }
    }

    private string Write(RenderState state)
    {
        var scope = new Scope(null);
        if (_body is OutputStatement only)
        {
            var text = only.Text(state, scope);
            return text.Length <= state.MaxOutput ? text
                : throw Fail.Limit($"the output is longer than {state.MaxOutput} characters");
        }

        var output = new Output(state.MaxOutput);
        _body!.Execute(state, scope, output);
        return output.ToString();
    }

    private static bool IsStatic(string text)
    {
        for (var at = -1; (at = text.IndexOf('{', at + 1)) >= 0;)
        {
            if (at + 1 < text.Length && text[at + 1] is '{' or '%' or '#')
            {
                return false;
            }
        }

        return true;
    }
}
