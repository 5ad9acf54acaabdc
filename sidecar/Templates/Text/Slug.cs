using System.Globalization;
using System.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Text;

/// <summary>Home Assistant's slugify: Latin, Greek and Cyrillic letters become ASCII, everything else a separator.</summary>
internal static class Slug
{
    public static string Make(string text, string separator)
    {
        var slug = new StringBuilder(text.Length);
        var pending = false;
        text = System.Net.WebUtility.HtmlDecode(text).Replace('\'', '-');
        // Other apostrophes disappear, and so do commas within numbers.
        var ascii = Ascii(text).ToLowerInvariant();
        for (var at = 0; at < ascii.Length; at++)
        {
            var c = ascii[at];
            if (char.IsAsciiLetterOrDigit(c))
            {
                slug.Append(pending && slug.Length > 0 ? separator : "").Append(c);
                pending = false;
            }
            else if (c != '\''
                && !(c == ',' && at > 0 && at + 1 < ascii.Length && char.IsAsciiDigit(ascii[at - 1])
                    && char.IsAsciiDigit(ascii[at + 1])))
            {
                pending = true;
            }
        }

        return slug.ToString();
    }

    private static string Ascii(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            _ = c < 128 ? result.Append(c)
                : Transliteration.Letters.TryGetValue(c, out var ascii) ? result.Append(ascii)
                : Numbers.TryParseInt(c.ToString(), 10) is { } digit ? result.Append(digit)
                : CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark ? result
                : result.Append(char.IsLetter(c) ? "" : " ");
        }

        return result.ToString();
    }
}
