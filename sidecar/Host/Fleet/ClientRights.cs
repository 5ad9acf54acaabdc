using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Fleet;

/// <summary>What a client program may do (contract/subjects.md, "A client program's rights").</summary>
/// <param name="Actions">Which actions it may call: <c>light.turn_on</c>, <c>light.*</c>, <c>*.turn_on</c>, <c>*.*</c>.</param>
/// <param name="States">Whether it may read states.</param>
/// <param name="Events">Whether it may follow Home Assistant's events.</param>
/// <param name="Subjects">Subjects outside the home on which it publishes and subscribes: <c>garden.&gt;</c>; null: none.</param>
public sealed record ClientRights(
    IReadOnlyList<string> Actions, bool States, bool Events, IReadOnlyList<string>? Subjects = null)
{
    private const string Any = "*";
    private const string Rest = ">";

    /// <summary>
    /// Reads a pattern of actions; null when it is none. A whole word may be <c>*</c>, a part of one may not: the server's own
    /// wildcards stand for whole words. <c>*</c> alone is every action.
    /// </summary>
    public static string? ReadPattern(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == Any)
        {
            return "*.*";
        }

        return text.Split('.') is [var domain, var action] && IsWord(domain) && IsWord(action) ? text : null;
    }

    /// <summary>
    /// Whether a text is a subject that a program may have for itself: words of letters, digits, <c>-</c> and <c>_</c>, of which the
    /// first is a name of its own, the others may be <c>*</c>, and the last may be <c>&gt;</c>.
    /// </summary>
    public static bool IsSubject(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = text.Split('.');
        return Token.IsValid(words[0]) && words[0][0] != '_'
            && words[1..].Select((word, at) => IsWord(word) || (word == Rest && at == words.Length - 2)).All(good => good);
    }

    /// <summary>Whether a subject with wildcards matches something of the home, or the home's first words themselves.</summary>
    public static bool IsOfHome(string subject, string prefix)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(prefix);
        var words = subject.Split('.');
        var home = prefix.Split('.');
        for (var i = 0; i < home.Length; i++)
        {
            if (i == words.Length)
            {
                return false;
            }

            if (words[i] == Rest)
            {
                return true;
            }

            if (words[i] != Any && words[i] != home[i])
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsWord(string word) => word == Any || Token.IsValid(word);
}
