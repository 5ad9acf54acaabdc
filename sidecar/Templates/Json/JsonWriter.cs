using System.Globalization;
using System.Numerics;
using System.Text;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Json;

/// <summary>How JSON is written.</summary>
/// <param name="Python">As Python's json module, with blanks; else as orjson, without.</param>
internal readonly record struct JsonStyle(bool Python, bool Ascii, int Indent, bool Sort);

/// <summary>Writes values as JSON.</summary>
internal sealed class JsonWriter(RenderState state, JsonStyle style)
{
    private readonly StringBuilder _text = new();

    public static string Write(RenderState state, object? value, JsonStyle style)
    {
        var writer = new JsonWriter(state, style);
        writer.Value(value, 0);
        var text = writer._text.ToString();
        state.Charge(text.Length);
        return text;
    }

    private void Value(object? value, int depth)
    {
        state.Step();
        switch (value)
        {
            case null:
                _text.Append("null");
                break;
            case bool flag:
                _text.Append(flag ? "true" : "false");
                break;
            case long number:
                _text.Append(number);
                break;
            case BigInteger number:
                _text.Append(style.Python || (number >= long.MinValue && number <= ulong.MaxValue)
                    ? Numbers.Text(number)
                    : throw Fail.Type("Integer exceeds 64-bit range"));
                break;
            case double number:
                _text.Append(Float(number));
                break;
            case string or Markup:
                Quote(Types.AsText(value)!);
                break;
            case VersionValue:
                Quote(value.ToString()!);
                break;
            case SequenceValue list:
                List(list, depth);
                break;
            case DictValue dict:
                Dict(dict, depth);
                break;
            default:
                throw Fail.Type($"Type is not JSON serializable: {Types.Name(value)}");
        }
    }

    private string Float(double number) =>
        double.IsFinite(number) ? style.Python ? Numbers.Text(number) : Compact(Numbers.Text(number))
        : !style.Python ? "null"
        : double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";

    /// <summary>orjson writes 0.000012 and 1e-6 where Python writes 1.2e-05 and 1e-06.</summary>
    private static string Compact(string text)
    {
        if (!text.EndsWith("e-05", StringComparison.Ordinal))
        {
            return text.Replace("e-0", "e-", StringComparison.Ordinal);
        }

        var sign = text[0] == '-' ? "-" : "";
        return $"{sign}0.0000{text[sign.Length..^4].Replace(".", "", StringComparison.Ordinal)}";
    }

    private void List(SequenceValue list, int depth)
    {
        Show.Guard();
        _text.Append('[');
        for (var index = 0; index < list.Count; index++)
        {
            Separate(index, depth + 1);
            Value(list[index], depth + 1);
        }

        End(list.Count, depth, ']');
    }

    private void Dict(DictValue dict, int depth)
    {
        Show.Guard();
        _text.Append('{');
        IEnumerable<KeyValuePair<object?, object?>> pairs = dict;
        if (style.Sort)
        {
            pairs = Sorting.Sort(state, [.. dict], pair => style.Python ? pair.Key : Key(pair.Key), false);
        }

        var index = 0;
        foreach (var (key, value) in pairs)
        {
            Separate(index++, depth + 1);
            Quote(Key(key));
            _text.Append(style.Python || style.Indent > 0 ? ": " : ":");
            Value(value, depth + 1);
        }

        End(index, depth, '}');
    }

    private void Separate(int index, int depth)
    {
        if (index > 0)
        {
            _text.Append(style.Python && style.Indent == 0 ? ", " : ",");
        }

        Line(depth);
    }

    private void End(int count, int depth, char end)
    {
        if (count > 0)
        {
            Line(depth);
        }

        _text.Append(end);
    }

    private void Line(int depth)
    {
        if (style.Indent > 0)
        {
            _text.Append('\n').Append(' ', style.Indent * depth);
        }
    }

    private string Key(object? key) => key switch
    {
        string or Markup => Types.AsText(key)!,
        null => "null",
        bool flag => flag ? "true" : "false",
        long => Show.Text(key),
        double number => Float(number),
        BigInteger => Show.Text(key),
        _ => throw Fail.Type($"Dict key must a type serializable with OPT_NON_STR_KEYS, not {Types.Name(key)}"),
    };

    private void Quote(string text)
    {
        _text.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                < ' ' => Code(c),
                '\x7f' or > '\x7f' when style.Ascii && c != '\x7f' => Code(c),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }

    private StringBuilder Code(char c) => _text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
}
