using System.Globalization;
using System.Text;
using System.Text.Json;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>
/// JSON as Home Assistant writes it into messages: no spaces, text as it is, and <c>2.0</c> for the number two with a fraction.
/// </summary>
internal static class JsonText
{
    /// <summary>Writes members in their order. A double is written with its fraction, integers without.</summary>
    public static string Of(IEnumerable<KeyValuePair<string, object?>> members)
    {
        var text = new StringBuilder();
        Append(text, members);
        return text.ToString();
    }

    /// <summary>Writes a list.</summary>
    public static string Of(IEnumerable<object?> items)
    {
        var text = new StringBuilder();
        Append(text, items);
        return text.ToString();
    }

    /// <summary>Python's text of a number with a fraction.</summary>
    public static string Of(double number) => number == Math.Floor(number) && Math.Abs(number) < 1e16
        ? number.ToString("F1", CultureInfo.InvariantCulture)
        : number.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string word:
                AppendText(text, word);
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case double number:
                text.Append(Of(number));
                break;
            case JsonElement element:
                Append(text, element);
                break;
            case IEnumerable<KeyValuePair<string, object?>> members:
                AppendAll(text, '{', '}', members, member =>
                {
                    AppendText(text, member.Key);
                    text.Append(':');
                    Append(text, member.Value);
                });
                break;
            case System.Collections.IEnumerable items:
                AppendAll(text, '[', ']', items.Cast<object?>(), item => Append(text, item));
                break;
            case IFormattable other:
                text.Append(other.ToString(null, CultureInfo.InvariantCulture));
                break;
            default:
                throw new ArgumentException($"{value.GetType()} has no JSON", nameof(value));
        }
    }

    private static void Append(StringBuilder text, in JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                AppendAll(text, '{', '}', element.EnumerateObject(), member =>
                {
                    AppendText(text, member.Name);
                    text.Append(':');
                    Append(text, member.Value);
                });
                break;
            case JsonValueKind.Array:
                AppendAll(text, '[', ']', element.EnumerateArray(), item => Append(text, item));
                break;
            case JsonValueKind.String:
                AppendText(text, element.GetString()!);
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }
    }

    private static void AppendAll<T>(StringBuilder text, char start, char end, IEnumerable<T> items, Action<T> append)
    {
        text.Append(start);
        var isFirst = true;
        foreach (var item in items)
        {
            if (!isFirst)
            {
                text.Append(',');
            }

            isFirst = false;
            append(item);
        }

        text.Append(end);
    }

    private static void AppendText(StringBuilder text, string word)
    {
        text.Append('"');
        foreach (var character in word)
        {
            switch (character)
            {
                case '"' or '\\':
                    text.Append('\\').Append(character);
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case < ' ':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
                    break;
                default:
                    text.Append(character);
                    break;
            }
        }

        text.Append('"');
    }
}
