using System.Globalization;
using System.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Text;

/// <summary>Text to bytes and back, with Python's names of encodings.</summary>
internal static class Encodings
{
    public static byte[] Encode(string text, string encoding, string errors)
    {
        try
        {
            return Find(encoding, errors).GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw Fail.Value($"the text cannot be encoded as {encoding}");
        }
    }

    public static string Decode(byte[] bytes, string encoding, string errors)
    {
        try
        {
            return Find(encoding, errors).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Fail.Value($"the bytes are not {encoding}");
        }
    }

    /// <summary>chr().</summary>
    public static string Character(long code) => code switch
    {
        < 0 or > 0x10FFFF => throw Fail.Overflow("%c arg not in range(0x110000)"),
        < 0x10000 => ((char)code).ToString(),
        _ => char.ConvertFromUtf32((int)code),
    };

    /// <summary>ord().</summary>
    public static long Code(string character) => Types.Length(character) == 1
        ? character.Length == 2 ? char.ConvertToUtf32(character, 0) : character[0]
        : throw Fail.Type($"ord() expected a character, but string of length {Types.Length(character)} found");

    /// <summary>Text in which everything but ASCII is escaped.</summary>
    public static string Ascii(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var point in Types.CodePoints(text))
        {
            var code = point.Length == 2 ? char.ConvertToUtf32(point, 0) : point[0];
            _ = code < 128 ? result.Append(point)
                : code < 256 ? result.Append(CultureInfo.InvariantCulture, $"\\x{code:x2}")
                : code < 65536 ? result.Append(CultureInfo.InvariantCulture, $"\\u{code:x4}")
                : result.Append(CultureInfo.InvariantCulture, $"\\U{code:x8}");
        }

        return result.ToString();
    }

    private static Encoding Find(string name, string errors)
    {
        var found = name.ToLowerInvariant().Replace('_', '-') switch
        {
            "utf-8" or "utf8" or "u8" => (Encoding)new UTF8Encoding(false),
            "ascii" or "us-ascii" => Encoding.ASCII,
            "latin-1" or "latin1" or "iso-8859-1" or "iso8859-1" or "l1" => Encoding.Latin1,
            "utf-16-le" or "utf-16le" => new UnicodeEncoding(false, false),
            "utf-16-be" or "utf-16be" => new UnicodeEncoding(true, false),
            "utf-16" or "utf16" => new UnicodeEncoding(false, true),
            "utf-32" or "utf32" => new UTF32Encoding(false, true),
            _ => throw new TemplateError(TemplateErrorKind.Key,
                $"unknown encoding: {name}; there is utf-8, utf-16, utf-32, ascii, latin-1"),
        };
        var copy = (Encoding)found.Clone();
        (copy.EncoderFallback, copy.DecoderFallback) = errors switch
        {
            "ignore" => (new EncoderReplacementFallback(""), (DecoderFallback)new DecoderReplacementFallback("")),
            "replace" => (new EncoderReplacementFallback("?"), new DecoderReplacementFallback("\ufffd")),
            "strict" => (EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback),
            _ => throw Fail.Value($"unknown error handler name '{errors}'"),
        };
        return copy;
    }
}
