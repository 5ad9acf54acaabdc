namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>How often storage is looked at; a test looks more often, nobody else.</summary>
internal sealed record StorageTimings
{
    /// <summary>How often a follower's stream is compared with what it was when it was opened.</summary>
    public TimeSpan Guard { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often all streams are looked at.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(15);
}
