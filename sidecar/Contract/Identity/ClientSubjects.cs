namespace HaNatsBridge.Contract.Identity;

/// <summary>Why a client of the hub may not use a subject (contract/protocol.md, "Messages").</summary>
public enum SubjectProblem
{
    /// <summary>It is no subject: empty, too long, an empty token, white space, or a wildcard where none may be.</summary>
    Invalid,

    /// <summary>It begins with <c>$</c>, <c>_</c> or a wildcard: the server's own, replies to others, or everything.</summary>
    Reserved,

    /// <summary>It is a device's: the device alone publishes there, and commands go through Command.</summary>
    Device,

    /// <summary>It is the bridge's own.</summary>
    Bridge,
}

/// <summary>
/// Which subjects a client of the hub may publish on and subscribe to. It speaks with the bridge's rights, so these rules are
/// what keeps its messages from posing as a device or as the bridge, and what keeps codes in commands from it.
/// </summary>
public sealed class ClientSubjects
{
    /// <summary>The most characters of a subject.</summary>
    public const int MaxLength = 255;

    /// <summary>The words below the root prefix that the bridge uses, or will use.</summary>
    private static readonly string[] Own =
        ["devices", "discovery", "audit", "events", "dlq", "leadership", "config", "automations", "history", "ha"];

    /// <summary>The words below the root prefix under which requests with secrets pass.</summary>
    private static readonly string[] Hidden = ["config", "ha"];

    private readonly HomeSubjects _home;
    private readonly string _below;

    /// <summary>The rules for a home.</summary>
    public ClientSubjects(HomeSubjects home)
    {
        ArgumentNullException.ThrowIfNull(home);
        _home = home;
        _below = home.Root + ".";
    }

    /// <summary>Why a client may not publish on a subject; null: it may.</summary>
    public SubjectProblem? RefuseToSend(string subject)
    {
        if (!IsSubject(subject, wildcards: false))
        {
            return SubjectProblem.Invalid;
        }

        if (IsReserved(subject))
        {
            return SubjectProblem.Reserved;
        }

        // Asking all devices to announce themselves changes nothing.
        if (subject == _home.DiscoveryRequest)
        {
            return null;
        }

        return WordOf(subject) switch
        {
            "devices" => SubjectProblem.Device,
            { } word when Own.Contains(word) => SubjectProblem.Bridge,
            _ => null,
        };
    }

    /// <summary>Why a client may not subscribe to a subject, which may have wildcards; null: it may.</summary>
    public SubjectProblem? RefuseToListen(string subject)
    {
        if (!IsSubject(subject, wildcards: true))
        {
            return SubjectProblem.Invalid;
        }

        if (IsReserved(subject))
        {
            return SubjectProblem.Reserved;
        }

        return !IsHidden(subject) ? null : WordOf(subject) == "devices" ? SubjectProblem.Device : SubjectProblem.Bridge;
    }

    /// <summary>
    /// Whether messages on a subject are kept from clients, also where a wildcard matches them: commands and configurations of
    /// devices, and requests to Home Assistant, may contain codes.
    /// </summary>
    public bool IsHidden(string subject) => WordOf(subject) switch
    {
        "devices" => subject.AsSpan(_below.Length).Count('.') == 3
            && (subject.EndsWith(".set", StringComparison.Ordinal) || subject.EndsWith(".config", StringComparison.Ordinal)),
        { } word => Hidden.Contains(word),
        null => false,
    };

    /// <summary>Whether a subject has wildcards.</summary>
    public static bool IsPattern(string subject) => subject.AsSpan().ContainsAny('*', '>');

    /// <summary>The first token below the root prefix; null when the subject is not below it.</summary>
    private string? WordOf(string subject)
    {
        if (!subject.StartsWith(_below, StringComparison.Ordinal))
        {
            return null;
        }

        var end = subject.IndexOf('.', _below.Length);
        return end < 0 ? subject[_below.Length..] : subject[_below.Length..end];
    }

    private static bool IsReserved(string subject) => subject[0] is '$' or '_' or '*' or '>';

    private static bool IsSubject(string subject, bool wildcards)
    {
        if (subject.Length is 0 or > MaxLength)
        {
            return false;
        }

        foreach (var c in subject)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c))
            {
                return false;
            }
        }

        foreach (var range in subject.AsSpan().Split('.'))
        {
            var token = subject.AsSpan()[range];
            if (token.IsEmpty
                || (token.ContainsAny('*', '>') && !IsWildcard(token, range.End.Value == subject.Length, wildcards)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsWildcard(ReadOnlySpan<char> token, bool isLast, bool wildcards) =>
        wildcards && (token is "*" || (token is ">" && isLast));
}
