using System.Globalization;
using System.Text;

namespace HaNatsBridge.Templates.Parsing;

/// <summary>The backslashes in Python's texts.</summary>
internal static class Escapes
{
    public static string Decode(string raw, Func<string, TemplateError> error, bool bytes = false)
    {
        var text = new StringBuilder(raw.Length);
        for (var at = 0; at < raw.Length; at++)
        {
            if (raw[at] != '\\' || at + 1 == raw.Length)
            {
                text.Append(raw[at]);
                continue;
            }

            var c = raw[++at];
            switch (c)
            {
                case '\n':
                    break;
                case '\\' or '\'' or '"':
                    text.Append(c);
                    break;
                case 'x':
                    text.Append((char)Hex(2));
                    break;
                case 'u' when !bytes:
                    text.Append((char)Hex(4));
                    break;
                case 'U' when !bytes:
                    var point = Hex(8);
                    if (point > 0x10FFFF)
                    {
                        throw error("\\U needs a code point up to 0010ffff");
                    }

                    text.Append(point is >= 0xD800 and < 0xE000 ? ((char)point).ToString() : char.ConvertFromUtf32((int)point));
                    break;
                case 'N' when !bytes:
                    throw error("\\N{…} is not supported: write the character, or \\u and its code");
                case >= '0' and <= '7':
                    var octal = 0;
                    var end = Math.Min(raw.Length, at + 3);
                    for (; at < end && raw[at] is >= '0' and <= '7'; at++)
                    {
                        octal = (octal * 8) + raw[at] - '0';
                    }

                    at--;
                    text.Append((char)(bytes ? octal & 255 : octal));
                    break;
                default:
                    var simple = "abfnrtv".IndexOf(c, StringComparison.Ordinal);
                    _ = simple >= 0 ? text.Append("\a\b\f\n\r\t\v"[simple]) : text.Append('\\').Append(c);
                    break;
            }

            long Hex(int digits)
            {
                if (at + digits >= raw.Length || !uint.TryParse(
                    raw.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                {
                    throw error($"\\{raw[at]} needs {digits} hexadecimal digits");
                }

                at += digits;
                return value;
            }
        }

        return text.ToString();
    }
}
