using System.Text;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>The rules of MQTT for topics and filters.</summary>
internal static class MqttTopic
{
    private const int MostBytes = 65_535;

    /// <summary>What is wrong with a topic, or with a filter; null when nothing is.</summary>
    public static string? Problem(string topic, bool isFilter)
    {
        if (topic.Length == 0 || topic.Any(char.IsControl) || Encoding.UTF8.GetByteCount(topic) > MostBytes)
        {
            return $"expected a topic of 1 to {MostBytes} bytes without control characters";
        }

        if (!isFilter)
        {
            return topic.AsSpan().IndexOfAny('+', '#') < 0 ? null : "expected a topic to publish to, without + and #";
        }

        var levels = topic.Split('/');
        for (var level = 0; level < levels.Length; level++)
        {
            if (levels[level].Contains('+', StringComparison.Ordinal) && levels[level] != "+")
            {
                return "expected + as a whole level";
            }

            if (levels[level].Contains('#', StringComparison.Ordinal) && (levels[level] != "#" || level < levels.Length - 1))
            {
                return "expected # as the whole last level";
            }
        }

        return null;
    }

    /// <summary>Whether a filter has wildcards.</summary>
    public static bool IsWildcard(string filter) => filter.AsSpan().IndexOfAny('+', '#') >= 0;

    /// <summary>
    /// Whether a topic matches a filter. Topics that begin with <c>$</c> match no wildcard in the first level.
    /// </summary>
    public static bool Matches(string filter, string topic)
    {
        if (topic.StartsWith('$') && !filter.StartsWith('$'))
        {
            return false;
        }

        var wanted = filter.Split('/');
        var levels = topic.Split('/');
        for (var level = 0; level < wanted.Length; level++)
        {
            if (wanted[level] == "#")
            {
                return true;
            }

            if (level >= levels.Length || (wanted[level] != "+" && wanted[level] != levels[level]))
            {
                return false;
            }
        }

        return wanted.Length == levels.Length;
    }
}
