using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>Checks the patterns of one announcement, each different one once.</summary>
internal sealed class PatternCheck
{
    /// <summary>A hostile pattern may take 50 ms for its first text, and a snapshot has a text for each entity.</summary>
    public const int Max = 16;

    private readonly Dictionary<string, string?> _seen = new(StringComparer.Ordinal);
    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);

    /// <summary>Whether there are too many with those of kept entities.</summary>
    public bool IsOverfull => _kept.Union(_seen.Where(one => one.Value is null).Select(one => one.Key)).Count() > Max;

    /// <summary>Adds the patterns of an entity that stays as it was.</summary>
    public void Keep(KeptEntity entity) => _kept.UnionWith(entity.Patterns);

    /// <summary>Adds an error for each pattern of an entity that cannot be used.</summary>
    public void Check(EntityDraft draft, PlatformDefinition platform)
    {
        foreach (var field in platform.Fields)
        {
            if (field.Kind == FieldKind.Pattern && JsonFields.Text(draft.Given, field.Name) is { } pattern
                && Refuse(pattern) is { } reason)
            {
                draft.Error(field.Name, reason);
            }
        }
    }

    private string? Refuse(string pattern)
    {
        if (_seen.TryGetValue(pattern, out var known))
        {
            return known;
        }

        // A pattern that is wrong counts, too: finding that out takes time.
        return _seen.Count == Max
            ? $"a device has at most {Max} different patterns"
            : _seen[pattern] = TextPattern.Refuse(pattern);
    }
}
