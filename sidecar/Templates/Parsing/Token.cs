namespace HaNatsBridge.Templates.Parsing;

internal enum TokenKind
{
    Data,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    Text,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>One token; <paramref name="Value"/> is the text, or the number.</summary>
internal readonly record struct Token(TokenKind Kind, object Value, int Position)
{
    public string Text => Value as string ?? "";

    public bool IsName(string name) => Kind == TokenKind.Name && (string)Value == name;

    public bool IsOperator(string sign) => Kind == TokenKind.Operator && (string)Value == sign;

    /// <summary>The token in a message.</summary>
    public string Description => Kind switch
    {
        TokenKind.VariableBegin => "'{{'",
        TokenKind.VariableEnd => "'}}'",
        TokenKind.BlockBegin => "'{%'",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.Text => $"the text '{Text}'",
        TokenKind.Integer or TokenKind.Float => $"the number {Values.Show.Brief(Value)}",
        TokenKind.End => "the end of the template",
        TokenKind.Data => "text",
        _ => $"'{Text}'",
    };
}

/// <summary>A template's text, with lines that end in \n only.</summary>
internal sealed class Source
{
    public Source(string text)
    {
        Text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (Text.EndsWith('\n'))
        {
            Text = Text[..^1];
        }
    }

    public string Text { get; }

    public (int Line, int Column) Locate(int position)
    {
        var before = Text.AsSpan(0, Math.Clamp(position, 0, Text.Length));
        var newline = before.LastIndexOf('\n');
        return (before.Count('\n') + 1, before.Length - newline);
    }

    public TemplateError Error(TemplateErrorKind kind, string message, int position)
    {
        var (line, column) = Locate(position);
        return new(kind, message, line, column);
    }

    public TemplateError Syntax(string message, int position) => Error(TemplateErrorKind.Syntax, message, position);
}
