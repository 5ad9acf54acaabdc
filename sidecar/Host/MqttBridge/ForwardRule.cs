using HaNatsBridge.Mqtt;

namespace HaNatsBridge.Host.MqttBridge;

/// <summary>
/// Topics of a broker as subjects of NATS: <c>sensors/# -> sensors.></c>, <c>cmd/# &lt;- cmd.></c>, or <c>&lt;-></c> for both
/// ways. <c>+</c> stands for <c>*</c> and <c>#</c> for <c>></c>; both sides have the same ones in the same order. With
/// <c>@ NAME</c> behind it only for that broker.
/// </summary>
/// <param name="Filter">The topics, as an MQTT filter.</param>
/// <param name="Topics">The topics, as a pattern of subjects.</param>
/// <param name="Subjects">The subjects, a pattern too.</param>
/// <param name="ToNats">Whether what comes on the topics is published on the subjects.</param>
/// <param name="ToMqtt">Whether what comes on the subjects is published on the topics.</param>
/// <param name="Broker">The name of the broker; null: every one.</param>
public sealed record ForwardRule(string Filter, string Topics, string Subjects, bool ToNats, bool ToMqtt, string? Broker)
{
    private static readonly string[] Arrows = ["<->", "->", "<-"];

    /// <summary>Reads a rule.</summary>
    /// <exception cref="FormatException">What is wrong and what would be right.</exception>
    public static ForwardRule Parse(string text, string prefix)
    {
        var parts = text.Split('@', 2, StringSplitOptions.TrimEntries);
        var arrow = Arrows.FirstOrDefault(one => parts[0].Contains(one, StringComparison.Ordinal));
        if (arrow is null || parts[0].Split(arrow, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } filter, { Length: > 0 } subjects])
        {
            throw new FormatException($"{text}: write TOPICS -> SUBJECTS, TOPICS <- SUBJECTS or TOPICS <-> SUBJECTS, like sensors/# -> sensors.>");
        }

        if (MqttSubjects.ProblemOfFilter(filter) is { } problem)
        {
            throw new FormatException($"{text}: {problem}");
        }

        if (!IsPattern(subjects))
        {
            throw new FormatException($"{text}: {subjects} is no subject; * is a whole word, and > the whole last one");
        }

        if (MqttSubjects.IsReserved(subjects, prefix))
        {
            throw new FormatException($"{text}: {subjects} would include subjects of the home ({prefix}.>), of the server ($…) or replies (_…)");
        }

        if (filter.StartsWith('$'))
        {
            throw new FormatException($"{text}: topics that begin with $ are the broker's own");
        }

        var topics = MqttSubjects.OfFilter(filter)[0];
        return Wildcards(topics).SequenceEqual(Wildcards(subjects))
            ? new ForwardRule(filter, topics, subjects, arrow != "<-", arrow != "->", parts.Length > 1 ? parts[1] : null)
            : throw new FormatException($"{text}: both sides need the same wildcards in the same order; + is *, # is >");
    }

    /// <summary>The subject for a topic that has come; null: the rule is not for it.</summary>
    public string? SubjectOf(string topic) => ToNats && MqttSubjects.Of(topic) is { } subject ? Map(subject, Topics, Subjects) : null;

    /// <summary>The topic for a subject; null: the rule is not for it, or there is no such topic.</summary>
    public string? TopicOf(string subject) => ToMqtt && Map(subject, Subjects, Topics) is { } topic ? MqttSubjects.TopicOf(topic) : null;

    private static bool IsPattern(string subjects)
    {
        var tokens = subjects.Split('.');
        return tokens.All(token => token.Length > 0 && !token.Any(character => char.IsControl(character) || character == ' '))
            && tokens.All(token => token is "*" or ">" || token.AsSpan().IndexOfAny('*', '>') < 0)
            && tokens.AsSpan()[..^1].IndexOf(">") < 0;
    }

    private static IEnumerable<string> Wildcards(string pattern) => pattern.Split('.').Where(token => token is "*" or ">");

    private static string? Map(string subject, string from, string to)
    {
        var tokens = subject.Split('.');
        var pattern = from.Split('.');
        var caught = new Queue<string>();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (i >= tokens.Length)
            {
                return null;
            }

            if (pattern[i] == ">")
            {
                caught.Enqueue(string.Join('.', tokens[i..]));
                break;
            }

            if (pattern[i] == "*")
            {
                caught.Enqueue(tokens[i]);
            }
            else if (pattern[i] != tokens[i])
            {
                return null;
            }
        }

        return pattern[^1] != ">" && tokens.Length != pattern.Length
            ? null
            : string.Join('.', to.Split('.').Select(token => token is "*" or ">" ? caught.Dequeue() : token));
    }
}
