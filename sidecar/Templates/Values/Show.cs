using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Time;

namespace HaNatsBridge.Templates.Values;

/// <summary>Python's str() and repr().</summary>
internal static class Show
{
    public static string Text(object? value) => value switch
    {
        string text => text,
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Numbers.Text(number),
        Undefined => "",
        Markup markup => markup.Text,
        BigInteger number => Numbers.Text(number),
        _ => Long(value),
    };

    public static string Repr(object? value)
    {
        var text = new StringBuilder();
        Repr(text, value);
        return text.ToString();
    }

    /// <summary>A value in an error message.</summary>
    public static string Brief(object? value)
    {
        try
        {
            var text = value is string or Markup ? Types.AsText(value)! : Repr(value);
            return text.Length <= 100 ? text : text[..100] + "…";
        }
        catch (TemplateError)
        {
            return Types.Name(value);
        }
    }

    private static string Long(object value)
    {
        switch (value)
        {
            case DateTimeValue time:
                return time.Iso(' ');
            case DateValue or TimeValue or TimeDeltaValue or TimeZoneValue or VersionValue or EllipsisValue:
                return value.ToString()!;
            case SequenceValue { Rendered: { } text }:
                return text;
            case DictValue { Rendered: { } text }:
                return text;
            case SetValue { Rendered: { } text }:
                return text;
            default:
                var builder = new StringBuilder();
                Repr(builder, value);
                return builder.ToString();
        }
    }

    private static void Repr(StringBuilder to, object? value)
    {
        if (to.Length > MaxLength)
        {
            throw Fail.Limit("the text of a value is too long");
        }

        switch (value)
        {
            case string text:
                Quote(to, text);
                break;
            case Markup markup:
                to.Append("Markup(");
                Quote(to, markup.Text);
                to.Append(')');
                break;
            case ListValue list:
                Items(to, "[", list.Items, "]");
                break;
            case Methods.NamedTuple named:
                to.Append(named.Repr);
                break;
            case TupleValue tuple:
                Items(to, "(", tuple.Items, tuple.Count == 1 ? ",)" : ")");
                break;
            case SetValue { Count: 0 }:
                to.Append("set()");
                break;
            case SetValue set:
                Items(to, "{", set, "}");
                break;
            case DictValue dict:
                Pairs(to, dict);
                break;
            case Undefined:
                to.Append("Undefined");
                break;
            case byte[] bytes:
                Quote(to, bytes);
                break;
            case ViewValue view:
                Items(to, Types.Name(view) + "([", view, "])");
                break;
            case RangeValue range:
                to.Append(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop}");
                to.Append(range.Step == 1 ? ")" : string.Create(CultureInfo.InvariantCulture, $", {range.Step})"));
                break;
            case NamespaceValue space:
                to.Append("<Namespace ");
                Pairs(to, space.Items);
                to.Append('>');
                break;
            case DateTimeValue time:
                to.Append(time.Repr());
                break;
            case DateValue or TimeValue:
                to.Append("datetime.").Append(Types.Name(value)).Append('(').Append(value).Append(')');
                break;
            case TimeDeltaValue delta:
                to.Append(delta.Repr());
                break;
            case GeneratorValue generator:
                to.Append(CultureInfo.InvariantCulture, $"<generator object {generator.Name}>");
                break;
            case LoopValue loop:
                to.Append(CultureInfo.InvariantCulture, $"<LoopContext {loop.Index}/{loop.Length}>");
                break;
            case CallableValue function:
                to.Append(CultureInfo.InvariantCulture, $"<function {function.Name}>");
                break;
            case null or bool or long or double or BigInteger or TimeZoneValue or VersionValue or EllipsisValue:
                to.Append(value is TimeZoneValue or VersionValue or EllipsisValue ? value.ToString() : Text(value));
                break;
            default:
                to.Append('<').Append(Types.Name(value)).Append('>');
                break;
        }
    }

    private const int MaxLength = 8 * 1024 * 1024;

    private static void Items(StringBuilder to, string begin, IEnumerable<object?> items, string end)
    {
        Guard();
        to.Append(begin);
        var first = true;
        foreach (var item in items)
        {
            to.Append(first ? "" : ", ");
            first = false;
            Repr(to, item);
        }

        to.Append(end);
    }

    private static void Pairs(StringBuilder to, DictValue dict)
    {
        Guard();
        to.Append('{');
        for (var index = 0; index < dict.Count; index++)
        {
            to.Append(index == 0 ? "" : ", ");
            Repr(to, dict.KeyAt(index));
            to.Append(": ");
            Repr(to, dict.ValueAt(index));
        }

        to.Append('}');
    }

    /// <summary>Ends a recursion before the stack does.</summary>
    public static void Guard()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Fail.Recursion();
        }
    }

    private static void Quote(StringBuilder to, string text)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        to.Append(quote);
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (c == quote || c == '\\')
            {
                to.Append('\\').Append(c);
            }
            else if (c is >= ' ' and < '\x7f')
            {
                to.Append(c);
            }
            else if (c is '\n' or '\r' or '\t')
            {
                to.Append(c switch { '\n' => "\\n", '\r' => "\\r", _ => "\\t" });
            }
            else if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
            {
                var point = char.ConvertToUtf32(c, text[at + 1]);
                if (IsPrintable(CharUnicodeInfo.GetUnicodeCategory(point)))
                {
                    to.Append(c).Append(text[at + 1]);
                }
                else
                {
                    to.Append(CultureInfo.InvariantCulture, $"\\U{point:x8}");
                }

                at++;
            }
            else if (IsPrintable(CharUnicodeInfo.GetUnicodeCategory(c)))
            {
                to.Append(c);
            }
            else
            {
                to.Append(CultureInfo.InvariantCulture, $"{(c < 256 ? "\\x" : "\\u")}");
                to.Append(((int)c).ToString(c < 256 ? "x2" : "x4", CultureInfo.InvariantCulture));
            }
        }

        to.Append(quote);
    }

    public static bool IsPrintable(UnicodeCategory category) => category is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static void Quote(StringBuilder to, byte[] bytes)
    {
        var quote = bytes.Contains((byte)'\'') && !bytes.Contains((byte)'"') ? '"' : '\'';
        to.Append('b').Append(quote);
        foreach (var item in bytes)
        {
            var c = (char)item;
            _ = c switch
            {
                '\n' => to.Append("\\n"),
                '\r' => to.Append("\\r"),
                '\t' => to.Append("\\t"),
                '\\' => to.Append("\\\\"),
                _ when c == quote => to.Append('\\').Append(c),
                >= ' ' and < '\x7f' => to.Append(c),
                _ => to.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture)),
            };
        }

        to.Append(quote);
    }
}
