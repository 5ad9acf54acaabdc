namespace HaNatsBridge.Host.Repairs;

/// <summary>Something that a person should look at.</summary>
/// <param name="Id">Unique while it stands: <c>duplicate_device.climate.hall</c>.</param>
/// <param name="Key">
/// Which text Home Assistant shows, a key under <c>issues</c> of the integration's translations: <c>duplicate_device</c>.
/// </param>
/// <param name="Severity"><c>warning</c> or <c>error</c>.</param>
/// <param name="Placeholders">The words that the text contains.</param>
public sealed record Repair(string Id, string Key, string Severity, IReadOnlyDictionary<string, string> Placeholders);

/// <summary>A kind of repair. Each feature declares its own in static fields; a test checks that all have their texts.</summary>
/// <param name="Key">The key of the text.</param>
/// <param name="Severity"><c>warning</c> or <c>error</c>.</param>
/// <param name="Placeholders">The names of the words that come with it.</param>
public sealed record RepairKind(string Key, string Severity, params IReadOnlyList<string> Placeholders)
{
    /// <summary>The id of one about something; null: about the whole home.</summary>
    public string IdOf(string? subject = null) => subject is null ? Key : $"{Key}.{subject}";

    /// <summary>A repair about something; null: about the whole home.</summary>
    /// <param name="subject">A device, a stream.</param>
    /// <param name="words">The words, in the order of <see cref="Placeholders"/>.</param>
    public Repair About(string? subject, params IReadOnlyList<string> words) =>
        new(IdOf(subject), Key, Severity, Placeholders.Zip(words).ToDictionary(pair => pair.First, pair => pair.Second));
}
