using System.Buffers;
using System.Text;

namespace HaNatsBridge.Templates.Text;

/// <summary>Upper and lower case as in Python: also where one letter becomes two.</summary>
internal static class Casing
{
    private static readonly SearchValues<char> Widening = SearchValues.Create("ßŉǰﬀﬁﬂﬃﬄﬅﬆ");

    public static string Upper(string text)
    {
        var upper = text.ToUpperInvariant();
        return upper.AsSpan().IndexOfAny(Widening) < 0 ? upper : Replaced(upper);
    }

    public static string Lower(string text)
    {
        var lower = text.ToLowerInvariant();
        if (text.Contains('İ', StringComparison.Ordinal))
        {
            lower = new StringBuilder(text).Replace("İ", "i\u0307").ToString().ToLowerInvariant();
        }

        return lower.Contains('σ', StringComparison.Ordinal)
            && text.Contains('Σ', StringComparison.Ordinal) ? FinalSigma(text, lower) : lower;
    }

    public static string Fold(string text) => Lower(text).Replace("ß", "ss", StringComparison.Ordinal).Replace('ς', 'σ');

    public static string Capitalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var first = char.IsHighSurrogate(text[0]) && text.Length > 1 ? 2 : 1;
        var lower = Lower(text);
        return lower.Length == text.Length ? TitleOf(text[..first]) + lower[first..]
            : TitleOf(text[..first]) + Lower(text[first..]);
    }

    /// <summary>str.title(): each letter after something that is no letter.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        var lower = Lower(text);
        var inside = false;
        for (var at = 0; at < text.Length; at++)
        {
            var small = lower.Length == text.Length ? lower[at].ToString() : Lower(text[at].ToString());
            result.Append(!char.IsLetter(text[at]) ? text[at].ToString() : inside ? small : TitleOf(text[at].ToString()));
            inside = char.IsLetter(text[at]);
        }

        return result.ToString();
    }

    public static string Swap(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            _ = char.IsUpper(c) ? result.Append(Lower(c.ToString())) : char.IsLower(c) ? result.Append(Upper(c.ToString()))
                : result.Append(c);
        }

        return result.ToString();
    }

    private static string TitleOf(string letter)
    {
        var upper = Upper(letter);
        return upper.Length > 1 && letter.Length == 1 ? upper[0] + Lower(upper[1..]) : upper;
    }

    private static string Replaced(string text) =>
        new StringBuilder(text).Replace("ß", "SS").Replace("ŉ", "ʼN").Replace("ǰ", "J\u030c")
        .Replace("ﬀ", "FF").Replace("ﬁ", "FI").Replace("ﬂ", "FL").Replace("ﬃ", "FFI").Replace("ﬄ", "FFL").Replace("ﬅ",
            "ST").Replace("ﬆ", "ST")
        .ToString();

    private static string FinalSigma(string text, string lower)
    {
        if (text.Length != lower.Length)
        {
            return lower;
        }

        var result = lower.ToCharArray();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == 'Σ' && at > 0 && char.IsLetter(text[at - 1])
                && (at + 1 == text.Length || !char.IsLetter(text[at + 1])))
            {
                result[at] = 'ς';
            }
        }

        return new string(result);
    }
}
