using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace HaNatsBridge.Templates.Text;

/// <summary>The regular expressions of one template, compiled.</summary>
internal sealed class RegexCache
{
    private const int MaxEntries = 32;

    private readonly ConcurrentDictionary<(string Pattern, bool IgnoreCase, bool AtStart), Pattern> _patterns = new();

    public Pattern Get(string pattern, bool ignoreCase, bool atStart)
    {
        var key = (pattern, ignoreCase, atStart);
        if (_patterns.TryGetValue(key, out var known))
        {
            return known;
        }

        if (_patterns.Count >= MaxEntries)
        {
            _patterns.Clear();
        }

        return _patterns[key] = PatternTranslator.Compile(pattern, ignoreCase, atStart);
    }
}

/// <summary>A compiled expression; <paramref name="Names"/> are its groups' numbers.</summary>
internal sealed record Pattern(Regex Regex, int Groups, IReadOnlyDictionary<string, int> Names)
{
    /// <summary>Runs a match; an expression that takes too long is an error.</summary>
    public static T Run<T>(Func<T> match)
    {
        try
        {
            return match();
        }
        catch (RegexMatchTimeoutException)
        {
            throw Fail.Limit("the regular expression takes too long; it would be faster without lookaround and backreferences");
        }
    }
}
