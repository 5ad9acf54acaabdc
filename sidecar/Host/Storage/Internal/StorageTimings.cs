namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>How often storage is looked at; shorter in tests.</summary>
internal sealed record StorageTimings
{
    /// <summary>How often the store is compared with what was read, and its streams are looked at.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(15);
}
