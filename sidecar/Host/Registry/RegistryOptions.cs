namespace HaNatsBridge.Host.Registry;

/// <summary>
/// How much the registry takes. Who was there first stays: a limit refuses new devices and more entities of known ones.
/// </summary>
public sealed record RegistryOptions
{
    /// <summary>Entities of the home. Home Assistant adds 10,000 enabled ones for a configuration entry.</summary>
    public int MaxEntities { get; init; } = 10_000;

    /// <summary>Entities of all devices of one credential. By default no credential can take the whole home.</summary>
    public int MaxEntitiesPerCredential { get; init; } = 5_000;

    /// <summary>Devices of one credential.</summary>
    public int MaxDevicesPerCredential { get; init; } = 1_000;
}
