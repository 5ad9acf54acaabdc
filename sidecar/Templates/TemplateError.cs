namespace HaNatsBridge.Templates;

/// <summary>What went wrong, in the terms of Home Assistant: the Python exception that its engine would raise.</summary>
public enum TemplateErrorKind
{
    /// <summary>The text is no template.</summary>
    Syntax,

    /// <summary>A filter or test that does not exist.</summary>
    UnknownName,

    /// <summary>A variable, attribute or item that does not exist was used for more than printing.</summary>
    Undefined,

    /// <summary>An attribute that templates may not use.</summary>
    Security,

    /// <summary>Jinja's TemplateRuntimeError.</summary>
    Runtime,

    /// <summary>Another template was asked for; there is none.</summary>
    NotFound,

    /// <summary>Too many nested calls or values.</summary>
    Recursion,

    /// <summary>ValueError.</summary>
    Value,

    /// <summary>TypeError.</summary>
    Type,

    /// <summary>ZeroDivisionError.</summary>
    ZeroDivision,

    /// <summary>OverflowError.</summary>
    Overflow,

    /// <summary>IndexError.</summary>
    Index,

    /// <summary>KeyError.</summary>
    Key,

    /// <summary>AttributeError.</summary>
    Attribute,

    /// <summary>A regular expression that is wrong, or that cannot be matched here.</summary>
    Pattern,

    /// <summary>Versions that cannot be compared.</summary>
    Version,

    /// <summary>One of <see cref="TemplateLimits"/> was reached.</summary>
    Limit,
}

/// <summary>A template that cannot be compiled or rendered. <see cref="Exception.Message"/> is for a person.</summary>
public sealed class TemplateError : Exception
{
    internal TemplateError(TemplateErrorKind kind, string message)
        : base(message) => Kind = kind;

    internal TemplateError(TemplateErrorKind kind, string message, int line, int column)
        : this(kind, message) => (Line, Column) = (line, column);

    /// <summary>Which exception Home Assistant would raise.</summary>
    public TemplateErrorKind Kind { get; }

    /// <summary>Line in the template, from 1; 0 if unknown.</summary>
    public int Line { get; private set; }

    /// <summary>Column in that line, in characters, from 1; 0 if unknown.</summary>
    public int Column { get; private set; }

    /// <summary>
    /// Whether Home Assistant's MQTT integration catches the error of a value template, logs it, and uses the payload as it came.
    /// </summary>
    public bool KeepsPayload =>
        Kind is <= TemplateErrorKind.Recursion and not TemplateErrorKind.Syntax and not TemplateErrorKind.UnknownName;

    internal void At(int line, int column)
    {
        if (Line == 0)
        {
            (Line, Column) = (line, column);
        }
    }
}

/// <summary>Makes errors; positions are added where the error leaves the template.</summary>
internal static class Fail
{
    public static TemplateError Type(string message) => new(TemplateErrorKind.Type, message);

    public static TemplateError Value(string message) => new(TemplateErrorKind.Value, message);

    public static TemplateError Overflow(string message) => new(TemplateErrorKind.Overflow, message);

    public static TemplateError ZeroDivision() => new(TemplateErrorKind.ZeroDivision, "division by zero");

    public static TemplateError Index(string message) => new(TemplateErrorKind.Index, message);

    public static TemplateError Key(string message) => new(TemplateErrorKind.Key, message);

    public static TemplateError Limit(string message) => new(TemplateErrorKind.Limit, message);

    public static TemplateError Security(string message) => new(TemplateErrorKind.Security, message);

    public static TemplateError Undefined(string message) => new(TemplateErrorKind.Undefined, message);

    public static TemplateError Runtime(string message) => new(TemplateErrorKind.Runtime, message);

    public static TemplateError Pattern(string message) => new(TemplateErrorKind.Pattern, message);

    public static TemplateError Recursion() => new(TemplateErrorKind.Recursion, "nested too deeply");

    /// <summary>Home Assistant's answer to input that a function cannot use.</summary>
    public static TemplateError NoDefault(string function, object? value) => new(
        TemplateErrorKind.Value,
        $"{function} got invalid input '{Values.Show.Brief(value)}', and no default was specified: write {function}(default=…)");
}
