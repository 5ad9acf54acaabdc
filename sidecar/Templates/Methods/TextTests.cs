using System.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Methods;

/// <summary>The methods of a text that ask what it consists of.</summary>
internal static class TextTests
{
    private const string RaisedDigits = "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉";

    public static IEnumerable<Method> All =>
    [
        Each("isdigit", rune => Rune.IsDigit(rune) || RaisedDigits.Contains(rune.ToString(), StringComparison.Ordinal)),
        Each("isdecimal", Rune.IsDigit),
        Each("isnumeric", Rune.IsNumber),
        Each("isalpha", Rune.IsLetter),
        Each("isalnum", rune => Rune.IsLetter(rune) || Rune.IsNumber(rune)),
        Each("isspace", rune => rune.IsBmp && Types.IsSpace((char)rune.Value)),
        new("isascii", "", (_, self, _) => Numbers.Box(TextMethods.Of(self).All(char.IsAscii))),
        new("isprintable", "", (_, self, _) => Numbers.Box(
            TextMethods.Of(self).EnumerateRunes().All(rune =>
                rune.Value == ' ' || Show.IsPrintable(Rune.GetUnicodeCategory(rune))))),
        new("isupper", "", (_, self, _) => Numbers.Box(Cased(TextMethods.Of(self), char.IsUpper, char.IsLower))),
        new("islower", "", (_, self, _) => Numbers.Box(Cased(TextMethods.Of(self), char.IsLower, char.IsUpper))),
        new("istitle", "", (_, self, _) => Numbers.Box(IsTitle(TextMethods.Of(self)))),
        new("isidentifier", "", (_, self, _) => Numbers.Box(IsIdentifier(TextMethods.Of(self)))),
    ];

    /// <summary>Whether there are letters of one case and none of the other.</summary>
    public static bool Cased(string text, Func<char, bool> wanted, Func<char, bool> refused) =>
        text.Any(wanted) && !text.Any(refused);

    private static Method Each(string name, Func<Rune, bool> matches) => new(name, "", (state, self, _) =>
    {
        var text = TextMethods.Of(self);
        state.Steps(text.Length / 64);
        return Numbers.Box(text.Length > 0 && text.EnumerateRunes().All(matches));
    });

    private static bool IsTitle(string text)
    {
        bool any = false, inside = false;
        foreach (var c in text)
        {
            var upper = char.IsUpper(c);
            if (upper || char.IsLower(c))
            {
                if (upper == inside)
                {
                    return false;
                }

                any = inside = true;
            }
            else
            {
                inside = false;
            }
        }

        return any;
    }

    private static bool IsIdentifier(string text) =>
        text.Length > 0 && !char.IsDigit(text[0]) && text.All(c => c == '_' || char.IsLetterOrDigit(c));
}
