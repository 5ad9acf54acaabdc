namespace HaNatsBridge.Host.Doctor;

/// <summary>What the doctor saw.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="What">What is so.</param>
/// <param name="Remedy">What to do; null when nothing.</param>
public sealed record Finding(FindingLevel Level, string What, string? Remedy = null)
{
    /// <summary>Well.</summary>
    public static Finding Ok(string what) => new(FindingLevel.Ok, what);

    /// <summary>Worth a look.</summary>
    public static Finding Warning(string what, string remedy) => new(FindingLevel.Warning, what, remedy);

    /// <summary>Does not work.</summary>
    public static Finding Error(string what, string remedy) => new(FindingLevel.Error, what, remedy);
}
