using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HaNatsBridge.Host.ConfiguredDevices;

/// <summary>Texts with <c>{1}</c>, <c>{2}</c>, …, which stand for words that only a message tells.</summary>
public static partial class Placeholders
{
    /// <summary>The highest number in a text; 0: it has none.</summary>
    public static int Highest(string text) =>
        Pattern().Matches(text).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();

    /// <summary>The text with the words in their places.</summary>
    public static string Fill(string text, IReadOnlyList<string> words) =>
        words.Count == 0 || !text.Contains('{', StringComparison.Ordinal)
            ? text
            : Pattern().Replace(text, match =>
                int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) is var number && number >= 1 && number <= words.Count
                    ? words[number - 1]
                    : match.Value);

    /// <summary>The same with every text in it filled.</summary>
    public static JsonNode? Fill(JsonNode? json, IReadOnlyList<string> words) => json switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Fill(pair.Value, words)))),
        JsonArray list => new JsonArray([.. list.Select(item => Fill(item, words))]),
        JsonValue value when value.TryGetValue<string>(out var text) => Fill(text, words),
        _ => json?.DeepClone(),
    };

    [GeneratedRegex(@"\{(\d)\}")]
    private static partial Regex Pattern();
}
