namespace HaNatsBridge.Contract.Redaction;

/// <summary>
/// Which names of parameters, attributes and members hold a secret (contract/README.md, "Secrets"). The integration has the same
/// rule in <c>redaction.py</c>; both are tested with contract/fixtures/redaction.
/// </summary>
public static class SecretNames
{
    /// <summary>A name that contains one of these holds a secret. Its words are compared without what separates them.</summary>
    private static readonly string[] Parts =
    [
        "password", "passwd", "passphrase", "passcode", "passwort", "kennwort", "pincode", "token", "secret", "credential",
        "apikey",
    ];

    /// <summary>A name with one of these words holds a secret.</summary>
    private static readonly HashSet<string> Words = new(StringComparer.Ordinal)
    {
        "pin", "pins", "pwd", "psk", "otp", "totp", "seed", "nkey", "jwt", "creds", "cookie", "authorization",
    };

    /// <summary>A name that ends with <c>code</c> holds a secret, unless one of these words precedes it.</summary>
    private static readonly HashSet<string> OpenCodes = new(StringComparer.Ordinal)
    {
        "error", "err", "status", "state", "exit", "return", "result", "response", "reply", "reason", "fault", "failure",
        "diagnostic", "event", "country", "language", "lang", "currency", "region", "area", "zip", "postal", "weather",
        "condition", "color", "colour", "model", "product", "type", "version", "mode", "class",
    };

    /// <summary>Words such as <c>doorcode</c> are two words.</summary>
    private static readonly HashSet<string> SecretCodes = new(StringComparer.Ordinal)
    {
        "access", "admin", "alarm", "arm", "disarm", "door", "entry", "gate", "guest", "lock", "master", "security", "unlock",
        "user",
    };

    /// <summary>A name that ends with <c>key</c> after one of these words holds a secret.</summary>
    private static readonly HashSet<string> SecretKeys = new(StringComparer.Ordinal)
    {
        "access", "aes", "auth", "encryption", "link", "master", "network", "private", "security", "session", "shared", "signing",
        "ssh", "wep", "wifi", "wpa",
    };

    /// <summary>Whether a value with this name is a secret. Case and the style of the name make no difference.</summary>
    public static bool Contains(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var words = WordsOf(name);
        if (words.Count == 0)
        {
            return false;
        }

        var joined = string.Concat(words);
        if (Array.Exists(Parts, part => joined.Contains(part, StringComparison.Ordinal)) || words.Exists(Words.Contains))
        {
            return true;
        }

        var before = words.Count > 1 ? words[^2] : "";
        return words[^1] switch
        {
            "code" or "codes" => !OpenCodes.Contains(before),
            "key" or "keys" => SecretKeys.Contains(before),
            "pass" => true,
            var last => IsJoined(last, "code", SecretCodes) || IsJoined(last, "key", SecretKeys),
        };
    }

    private static bool IsJoined(string word, string ending, HashSet<string> beginnings)
    {
        var singular = word.EndsWith('s') ? word[..^1] : word;
        return singular.EndsWith(ending, StringComparison.Ordinal) && beginnings.Contains(singular[..^ending.Length]);
    }

    /// <summary>The words of <c>wifi_password2</c> or <c>wifiPassword</c>, in lower case, without digits.</summary>
    private static List<string> WordsOf(string name)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= name.Length; i++)
        {
            var isLetter = i < name.Length && char.IsAsciiLetter(name[i]);
            if (start >= 0 && (!isLetter || StartsWord(name, i)))
            {
                words.Add(name[start..i].ToLowerInvariant());
                start = -1;
            }

            if (isLetter && start < 0)
            {
                start = i;
            }
        }

        return words;
    }

    private static bool StartsWord(string name, int i) =>
        char.IsAsciiLetterUpper(name[i])
        && (char.IsAsciiLetterLower(name[i - 1]) || (i + 1 < name.Length && char.IsAsciiLetterLower(name[i + 1])));
}
