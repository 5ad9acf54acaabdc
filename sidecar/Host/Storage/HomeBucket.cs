namespace HaNatsBridge.Host.Storage;

/// <summary>The home's KV buckets (architecture.md, "Streams and buckets").</summary>
public enum HomeBucket
{
    /// <summary>The registry: key <c>{type}.{id}</c>, value the normalised description; 10 revisions.</summary>
    Devices,

    /// <summary>Who is online: key <c>{type}.{id}</c>; 1 revision.</summary>
    Availability,

    /// <summary>Versioned configuration: key <c>{entity_type}.{id}</c>; 64 revisions, republished.</summary>
    Config,

    /// <summary>Rules.</summary>
    Automations,

    /// <summary>Timers and other state of rules.</summary>
    AutomationState,

    /// <summary>Who does what must be single; the fence is the entry's revision.</summary>
    Leases,

    /// <summary>Bridge id and format version.</summary>
    Bridge,
}
