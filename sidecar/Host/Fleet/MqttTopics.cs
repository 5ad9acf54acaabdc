using HaNatsBridge.Mqtt;

namespace HaNatsBridge.Host.Fleet;

/// <summary>What a device that comes by MQTT may do.</summary>
/// <param name="Filters">
/// The topics that it may publish and subscribe, as MQTT filters, besides its discovery; none: every topic but those of the home,
/// of the server and of other devices with topics of their own.
/// </param>
public sealed record MqttTopics(IReadOnlyList<string> Filters)
{
    /// <summary>What is wrong with a filter for a home below a prefix; null: nothing.</summary>
    public static string? ProblemOf(string filter, string prefix)
    {
        if (MqttSubjects.ProblemOfFilter(filter) is { } problem)
        {
            return problem;
        }

        return MqttSubjects.IsReserved(MqttSubjects.OfFilter(filter)[0], prefix)
            ? $"it would include topics of the home ({prefix.Replace('.', '/')}/#) or of the server ($…)"
            : null;
    }
}
