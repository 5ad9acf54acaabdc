using HaNatsBridge.Host.ConfiguredDevices;

namespace HaNatsBridge.Host.ForeignSubjects.Internal;

/// <summary>The subjects of the settings.</summary>
internal sealed record SubjectsOptions
{
    /// <summary>The entries; none: the feature does nothing.</summary>
    public IReadOnlyList<SubjectEntry> Entries { get; init; } = [];
}

/// <summary>One entry: a subject, and what becomes of it.</summary>
/// <param name="Pattern">The subject; null: its entities only take commands.</param>
/// <param name="Device">The device.</param>
/// <param name="Entities">Its entities.</param>
internal sealed record SubjectEntry(SubjectPattern? Pattern, DeviceConfig Device, IReadOnlyList<SubjectEntity> Entities)
{
    /// <summary>Whether the devices are known without a message.</summary>
    public bool IsFixed => Pattern is null or { Wildcards: 0 };
}

/// <summary>An entity of an entry.</summary>
/// <param name="Config">The entity.</param>
/// <param name="Command">Where its commands go; null: it takes none.</param>
internal sealed record SubjectEntity(EntityConfig Config, SubjectCommand? Command);

/// <summary>Where commands go.</summary>
/// <param name="Subject">The subject, with placeholders.</param>
/// <param name="Text">What is published.</param>
/// <param name="IsRequest">Whether the program answers.</param>
internal sealed record SubjectCommand(string Subject, CommandText Text, bool IsRequest)
{
    /// <summary>The subscription that a program needs: with <c>*</c> for words that only messages tell.</summary>
    public string Filter => string.Join('.', Subject.Split('.').Select(word => Placeholders.Highest(word) > 0 ? "*" : word));
}
