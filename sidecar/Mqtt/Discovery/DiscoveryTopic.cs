using System.Diagnostics.CodeAnalysis;

namespace HaNatsBridge.Mqtt.Discovery;

/// <summary>
/// The topic of a discovery message: <c>&lt;prefix&gt;/&lt;component&gt;/[&lt;node&gt;/]&lt;object&gt;/config</c>.
/// </summary>
/// <param name="Component">The component, or <c>device</c> for a message with many.</param>
/// <param name="Node">The node id; null when the topic has none.</param>
/// <param name="Object">The object id.</param>
internal readonly record struct DiscoveryTopic(string Component, string? Node, string Object)
{
    /// <summary>The component of a topic whose message describes a whole device.</summary>
    public const string Device = "device";

    /// <summary>The filters that match every discovery topic below a prefix.</summary>
    public static IReadOnlyList<string> Filters(string prefix) => [$"{prefix}/+/+/config", $"{prefix}/+/+/+/config"];

    /// <summary>Whether the topic lies where discovery messages do.</summary>
    public static bool IsBelow(string prefix, string topic) =>
        topic.Length > prefix.Length && topic[prefix.Length] == '/' && topic.StartsWith(prefix, StringComparison.Ordinal)
        && topic.EndsWith("/config", StringComparison.Ordinal);

    /// <summary>Reads a topic below the prefix.</summary>
    public static bool TryParse(string prefix, string topic, out DiscoveryTopic parsed, [NotNullWhen(false)] out string? problem)
    {
        parsed = default;
        var parts = topic[(prefix.Length + 1)..].Split('/');
        problem = parts.Length is not (3 or 4)
            ? "expected <prefix>/<component>/[<node>/]<object>/config"
            : parts[..^1].Any(part => !IsWord(part)) ? "a part has other characters than A-Z a-z 0-9 _ -" : null;
        if (problem is not null)
        {
            return false;
        }

        parsed = new DiscoveryTopic(parts[0], parts.Length == 4 ? parts[1] : null, parts[^2]);
        return true;
    }

    private static bool IsWord(string text) =>
        text.Length > 0 && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-');
}
