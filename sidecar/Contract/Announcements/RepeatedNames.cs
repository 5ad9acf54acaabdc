using System.Globalization;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>
/// Warns of names that Home Assistant would show twice. It puts the device's name before the entity's, and an entity id begins
/// with the area's name: both stay for ever once the entity is there.
/// </summary>
internal static class RepeatedNames
{
    private const int MaxShown = 64;

    public static void Warn(JsonElement root, IssueList warnings)
    {
        if (JsonFields.Text(root, "name") is not { } device)
        {
            return;
        }

        if (JsonFields.Text(root, "suggested_area") is { } area && RestAfter(area, device) is { } named)
        {
            var better = named.Length > 0 ? Quoted(named) : "a name of its own";
            Add("name", $"entity ids begin with the area's name, and the device's repeats it; expected {better}");
        }

        if (!root.TryGetProperty("entities", out var entities) || entities.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        var index = 0;
        foreach (var entity in entities.EnumerateArray())
        {
            var path = JsonPath.Member(JsonPath.Item("entities", index++), "name");
            if (JsonFields.Text(entity, "name") is { } name && RestAfter(device, name) is { } rest)
            {
                var shown = Quoted($"{device} {name}");
                Add(path, rest.Length == 0
                    ? $"Home Assistant shows {shown}; \"name\": null is meant, which gives the entity the device's name"
                    : $"Home Assistant puts the device's name before it and shows {shown}; expected {Quoted(rest)}");
            }
        }

        void Add(string path, string message) => warnings.Add(path, AnnounceCodes.EntityNamedLikeDevice, message);
    }

    /// <summary>
    /// What follows in <paramref name="name"/> after the words of <paramref name="prefix"/>, whatever their case; empty: nothing.
    /// Null: it does not begin with them, as <c>Lampshade</c> does not begin with the word <c>Lamp</c>.
    /// </summary>
    internal static string? RestAfter(string prefix, string name)
    {
        prefix = prefix.Trim();
        name = name.Trim();
        if (!prefix.EnumerateRunes().Any(IsOfWord) || !name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var runes = name[prefix.Length..].EnumerateRunes().ToArray();
        if (runes.Length > 0 && IsOfWord(runes[0]) && IsOfWord(prefix.EnumerateRunes().Last()))
        {
            return null;
        }

        var rest = runes.SkipWhile(rune => !IsOfWord(rune)).ToArray();
        return rest.Length == 0
            ? ""
            : string.Concat(rest.Skip(1).Prepend(Rune.ToUpperInvariant(rest[0])).Select(rune => rune.ToString()));
    }

    private static bool IsOfWord(Rune rune) =>
        Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark;

    private static string Quoted(string text) => $"\"{Bounded.Text(text, MaxShown)}\"";
}
