using HaNatsBridge.Mqtt.Config;

namespace HaNatsBridge.Mqtt;

/// <summary>
/// MQTT topics as NATS subjects and back, as nats-server's MQTT gateway writes them: levels are tokens, an empty level is
/// <c>/</c>, a dot is <c>//</c>.
/// </summary>
public static class MqttSubjects
{
    private const string Empty = "/";
    private const string Dot = "//";

    /// <summary>What is wrong with a filter; null: nothing.</summary>
    public static string? ProblemOfFilter(string filter) =>
        MqttTopic.Problem(filter, isFilter: true)
        ?? (HasUnsafe(filter) ? "a space, * and > cannot be in a topic that becomes a NATS subject" : null);

    /// <summary>The subject of a topic; null when it has none: a space, a control character, <c>*</c> or <c>&gt;</c>.</summary>
    public static string? Of(string topic) =>
        MqttTopic.Problem(topic, isFilter: false) is null && !HasUnsafe(topic) ? Tokens(topic) : null;

    /// <summary>
    /// The subjects of a filter, the longest first: <c>a/#</c> is <c>a.&gt;</c> and <c>a</c>. The filter must be right.
    /// </summary>
    public static IReadOnlyList<string> OfFilter(string filter)
    {
        var subject = Tokens(filter);
        return subject.EndsWith(".>", StringComparison.Ordinal) ? [subject, subject[..^2]] : [subject];
    }

    /// <summary>The topic of a subject; null when it has none: <c>+</c> or <c>#</c> in it.</summary>
    public static string? TopicOf(string subject)
    {
        var levels = subject.Split('.').Select(token => token == Empty ? "" : token.Replace(Dot, ".", StringComparison.Ordinal));
        var topic = string.Join('/', levels);
        return MqttTopic.Problem(topic, isFilter: false) is null ? topic : null;
    }

    /// <summary>Whether a pattern of subjects may match one of the home, of the server or of replies.</summary>
    public static bool IsReserved(string pattern, string prefix)
    {
        var tokens = pattern.Split('.');
        if (tokens[0] is "*" or ">" || tokens[0].StartsWith('$') || tokens[0].StartsWith('_'))
        {
            return true;
        }

        var home = prefix.Split('.');
        for (var i = 0; i < home.Length; i++)
        {
            if (i >= tokens.Length)
            {
                return false;
            }

            if (tokens[i] == ">")
            {
                return true;
            }

            if (tokens[i] != "*" && tokens[i] != home[i])
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasUnsafe(string topic) => topic.AsSpan().IndexOfAny(" *>") >= 0;

    private static string Tokens(string topic) => string.Join('.', topic.Split('/').Select(level => level switch
    {
        "" => Empty,
        "+" => "*",
        "#" => ">",
        _ => level.Replace(".", Dot, StringComparison.Ordinal),
    }));
}
