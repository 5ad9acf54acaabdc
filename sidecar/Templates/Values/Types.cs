using System.Numerics;
using System.Runtime.CompilerServices;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Time;

namespace HaNatsBridge.Templates.Values;

/// <summary>Python's names and rules for the types of values.</summary>
internal static class Types
{
    public static string Name(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        Markup => "Markup",
        byte[] => "bytes",
        ListValue => "list",
        TupleValue => "tuple",
        DictValue => "dict",
        SetValue => "set",
        RangeValue => "range",
        Undefined => "LoggingUndefined",
        GeneratorValue => "generator",
        ViewValue { Kind: ViewKind.Keys } => "dict_keys",
        ViewValue { Kind: ViewKind.Values } => "dict_values",
        ViewValue => "dict_items",
        DateTimeValue => "datetime",
        DateValue => "date",
        TimeValue => "time",
        TimeDeltaValue => "timedelta",
        TimeZoneValue => "ZoneInfo",
        VersionValue => "AwesomeVersion",
        NamespaceValue => "Namespace",
        LoopValue => "LoopContext",
        MacroValue => "Macro",
        EllipsisValue => "ellipsis",
        BoundMethod => "builtin_function_or_method",
        CallableValue => "function",
        _ => value.GetType().Name,
    };

    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        string text => text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        BigInteger number => !number.IsZero,
        Undefined => false,
        SequenceValue list => list.Count > 0,
        DictValue dict => dict.Count > 0,
        SetValue set => set.Count > 0,
        Markup markup => markup.Text.Length > 0,
        byte[] bytes => bytes.Length > 0,
        RangeValue range => range.Count > 0,
        ViewValue view => view.Count > 0,
        TimeDeltaValue delta => delta.Microseconds != 0,
        _ => true,
    };

    /// <summary>The text of a text value; null for others.</summary>
    public static string? AsText(object? value) =>
        value as string ?? (value as Markup)?.Text ?? (value as VersionValue)?.ToString();

    public static bool IsNumber(object? value) => value is long or double or bool or BigInteger;

    /// <summary>Whether Python could iterate over it.</summary>
    public static bool IsIterable(object? value) =>
        value is string or Markup or VersionValue or Undefined or byte[] or IEnumerable<object?> or DictValue;

    /// <summary>The items, as a Python loop sees them. Not counted as steps: see RenderState.Items.</summary>
    public static IEnumerable<object?> Items(object? value)
    {
        switch (value)
        {
            case IEnumerable<object?> items:
                return items;
            case DictValue dict:
                return new ViewValue(dict, ViewKind.Keys);
            case string text:
                return Characters(text);
            case Markup or VersionValue:
                return Characters(AsText(value)!);
            case Undefined:
                return [];
            case byte[] bytes:
                return bytes.Select(item => Numbers.Box(item));
            default:
                throw Fail.Type($"'{Name(value)}' object is not iterable");
        }
    }

    /// <summary>len(); -1 if the value has none.</summary>
    public static long LengthOrNone(object? value) => value switch
    {
        string text => Characters_(text),
        Markup markup => Characters_(markup.Text),
        SequenceValue list => list.Count,
        DictValue dict => dict.Count,
        SetValue set => set.Count,
        RangeValue range => range.Count,
        ViewValue view => view.Count,
        byte[] bytes => bytes.Length,
        LoopValue loop => loop.Length,
        Undefined => 0,
        _ => -1,
    };

    public static long Length(object? value)
    {
        var length = LengthOrNone(value);
        return length >= 0 ? length : throw Fail.Type($"object of type '{Name(value)}' has no len()");
    }

    /// <summary>Whether positions in the text are code points, as in Python.</summary>
    public static bool IsFlat(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0;

    private static int Characters_(string text) => IsFlat(text) ? text.Length : CodePoints(text).Count;

    /// <summary>The code points of a text; a lone surrogate counts as one.</summary>
    public static List<string> CodePoints(string text)
    {
        var points = new List<string>(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
            {
                points.Add(text.Substring(at, 2));
                at++;
            }
            else
            {
                points.Add(Character(text[at]));
            }
        }

        return points;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static string Character(char c) => c < 128 ? Ascii[c] : c.ToString();

    private static readonly string[] Ascii = [.. Enumerable.Range(0, 128).Select(code => ((char)code).ToString())];

    private static IEnumerable<object?> Characters(string text)
    {
        if (IsFlat(text))
        {
            foreach (var c in text)
            {
                yield return Character(c);
            }

            yield break;
        }

        foreach (var point in CodePoints(text))
        {
            yield return point;
        }
    }

    /// <summary>Python's idea of white space.</summary>
    public static bool IsSpace(char c) => c is ' ' or (>= '\t' and <= '\r') or (>= '\x1c' and <= '\x1f') ||
        (c > 127 && char.IsWhiteSpace(c) && c != '\u200b');

    /// <summary>str.strip(): the same text if there is nothing to strip.</summary>
    public static string Strip(string text, bool start = true, bool end = true)
    {
        int from = 0, to = text.Length;
        while (start && from < to && IsSpace(text[from]))
        {
            from++;
        }

        while (end && to > from && IsSpace(text[to - 1]))
        {
            to--;
        }

        return to - from == text.Length ? text : text[from..to];
    }
}
