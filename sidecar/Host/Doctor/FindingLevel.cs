namespace HaNatsBridge.Host.Doctor;

/// <summary>How bad it is.</summary>
public enum FindingLevel
{
    /// <summary>Well.</summary>
    Ok,

    /// <summary>It works, but something is worth a look.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Error,
}
