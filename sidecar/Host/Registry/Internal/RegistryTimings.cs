namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>How long what takes. Only tests change it.</summary>
internal sealed record RegistryTimings
{
    /// <summary>How long KV may take to answer.</summary>
    public TimeSpan StoreTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the answer to an announcement waits until the registry has read it from KV.</summary>
    public TimeSpan ApplyPatience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often unfinished removals are looked for.</summary>
    public TimeSpan RemovalCheck { get; init; } = TimeSpan.FromSeconds(1);
}
