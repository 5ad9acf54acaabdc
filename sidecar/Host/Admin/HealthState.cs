namespace HaNatsBridge.Host.Admin;

/// <summary>How a feature is.</summary>
public enum HealthState
{
    /// <summary>It does what it should.</summary>
    Ok,

    /// <summary>It works in part, or waits for something that a person or time can mend.</summary>
    Degraded,

    /// <summary>It has not yet been ready since the sidecar started.</summary>
    Starting,
}
