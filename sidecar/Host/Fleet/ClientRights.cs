using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Fleet;

/// <summary>What a client program may do in Home Assistant (contract/subjects.md, "A client program's rights").</summary>
/// <param name="Actions">Which actions it may call: <c>light.turn_on</c>, <c>light.*</c>, <c>*.turn_on</c>, <c>*.*</c>.</param>
/// <param name="States">Whether it may read states.</param>
/// <param name="Events">Whether it may follow Home Assistant's events.</param>
public sealed record ClientRights(IReadOnlyList<string> Actions, bool States, bool Events)
{
    private const string Any = "*";

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

    private static bool IsWord(string word) => word == Any || Token.IsValid(word);
}
