using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.ForeignSubjects.Internal;

/// <summary>A subject of the settings, in which <c>*</c> stands for one word.</summary>
internal sealed class SubjectPattern
{
    private const int MaxLength = 255;
    private const string Any = "*";
    private readonly string[] _words;

    private SubjectPattern(string text) => (Text, _words) = (text, text.Split('.'));

    /// <summary>As it is subscribed.</summary>
    public string Text { get; }

    /// <summary>How many words only a message tells.</summary>
    public int Wildcards => _words.Count(word => word == Any);

    /// <exception cref="FormatException">It is no such subject.</exception>
    public static SubjectPattern Parse(string text)
    {
        var pattern = new SubjectPattern(text);
        return text.Length <= MaxLength && Array.TrueForAll(pattern._words, word => word == Any || IsWord(word))
            ? pattern
            : throw new FormatException(
                "write a subject like plant.*.moisture: words separated by dots, * alone for a word that may be any; > is not possible");
    }

    /// <summary>Whether a message on this subject could also be one below the prefix. Placeholders count as any word.</summary>
    public static bool IsBelow(string subject, string prefix)
    {
        var words = subject.Split('.');
        var first = prefix.Split('.');
        return words.Length > first.Length && first.Zip(words).All(pair => pair.Second.IndexOfAny(['*', '{']) >= 0 || pair.First == pair.Second);
    }

    /// <summary>The words that the wildcards stand for; null: one of them can be no id.</summary>
    public IReadOnlyList<string>? WordsOf(string subject)
    {
        var words = subject.Split('.');
        if (words.Length != _words.Length)
        {
            return null;
        }

        string[] found = [.. words.Where((_, index) => _words[index] == Any)];
        return Array.TrueForAll(found, word => Token.IsValid(word)) ? found : null;
    }

    /// <summary>The usual type, id and key: the first word, the wildcards, the last word.</summary>
    public (string Type, string Id, string Key) Usual()
    {
        var type = Token.IsValid(_words[0]) ? _words[0] : "subject";
        var lastIsKey = Token.IsValid(_words[^1]);
        var key = lastIsKey ? _words[^1] : Wildcards > 1 && _words[^1] == Any ? $"{{{Wildcards}}}" : "value";
        var ofId = key == $"{{{Wildcards}}}" ? Wildcards - 1 : Wildcards;
        var between = _words.Skip(1).SkipLast(1).Where(word => Token.IsValid(word)).ToArray();
        var id = ofId > 0 ? string.Join('_', Enumerable.Range(1, ofId).Select(number => $"{{{number}}}"))
            : between.Length > 0 ? string.Join('_', between) : type;
        return (type, id, key);
    }

    /// <summary>
    /// The words of a device that was made before, found from its id; null: the id does not tell all of them.
    /// </summary>
    public IReadOnlyList<string>? WordsOfId(string template, string id)
    {
        if (Wildcards == 0)
        {
            return [];
        }

        if (Wildcards > 1 || ConfiguredDevices.Placeholders.Highest(template) != 1)
        {
            return null;
        }

        var at = template.IndexOf("{1}", StringComparison.Ordinal);
        var (before, after) = (template[..at], template[(at + 3)..]);
        return id.Length > before.Length + after.Length && id.StartsWith(before, StringComparison.Ordinal)
            && id.EndsWith(after, StringComparison.Ordinal) && !after.Contains('{', StringComparison.Ordinal)
                ? [id[before.Length..^after.Length]]
                : null;
    }

    private static bool IsWord(string word) =>
        word.Length > 0 && word.All(c => c > ' ' && c is not ('*' or '>' or '{' or '}' or '"') && !char.IsControl(c));
}
