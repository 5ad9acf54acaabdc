using HaNatsBridge.Templates.Parsing;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates;

/// <summary>Home Assistant's native types: numbers, and what Python would read as a literal.</summary>
public static class NativeValue
{
    /// <summary>
    /// The value of a text: null, bool, long, BigInteger, double, byte[], <see cref="ListValue"/>, <see cref="TupleValue"/>,
    /// <see cref="DictValue"/>, <see cref="SetValue"/>, <see cref="EllipsisValue"/>, or else the text itself.
    /// </summary>
    public static object? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsNumeric(text))
        {
            if (text.Contains('.', StringComparison.Ordinal) && Numbers.TryParseFloat(text, out var real))
            {
                return real;
            }

            if (!text.Contains('.', StringComparison.Ordinal) && Numbers.TryParseInt(text, 10) is { } whole)
            {
                return whole;
            }

            return text;
        }

        if (!MayBeLiteral(text) || !LiteralParser.TryParse(text, out var value)
            || value is string or long or double or System.Numerics.BigInteger)
        {
            return text;
        }

        return value;
    }

    /// <summary>The bytes that a text like <c>b'\x01'</c> stands for; null for others. MQTT publishes these.</summary>
    public static byte[]? ParseBytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith("b'", StringComparison.Ordinal) || text.StartsWith("b\"", StringComparison.Ordinal)
            ? LiteralParser.TryParse(text, out var value) ? value as byte[] : null
            : null;
    }

    /// <summary>Most texts are words; they need no parser.</summary>
    private static bool MayBeLiteral(string text) => text.Length > 0 && text[0] switch
    {
        'T' or 'F' or 'N' =>
            text.StartsWith("True", StringComparison.Ordinal) || text.StartsWith("False", StringComparison.Ordinal) ||
            text.StartsWith("None", StringComparison.Ordinal),
        'b' or 'B' or 'r' or 'R' or 'u' or 'U' or 's' => text.Length > 1,
        var c => c is '[' or '(' or '{' or '\'' or '"' or '.' or '-' or '+' || char.IsAsciiDigit(c),
    };

    /// <summary><c>^[+-]?(?!0\d)\d*(\.\d*)?$</c>, with the digits of all scripts.</summary>
    private static bool IsNumeric(string text)
    {
        var at = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        if (at + 1 < text.Length && text[at] == '0' && char.IsDigit(text[at + 1]))
        {
            return false;
        }

        while (at < text.Length && char.IsDigit(text[at]))
        {
            at++;
        }

        if (at < text.Length && text[at] == '.')
        {
            at++;
            while (at < text.Length && char.IsDigit(text[at]))
            {
                at++;
            }
        }

        return at == text.Length && text.Any(char.IsDigit);
    }
}
