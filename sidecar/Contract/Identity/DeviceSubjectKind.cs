namespace HaNatsBridge.Contract.Identity;

/// <summary>What a subject that names one device is about (contract.md).</summary>
public enum DeviceSubjectKind
{
    /// <summary><c>home.devices.{type}.{id}.state</c>: the full snapshot.</summary>
    State,

    /// <summary><c>home.devices.{type}.{id}.state.{key}</c>: one entity.</summary>
    EntityState,

    /// <summary><c>home.devices.{type}.{id}.health</c>: a heartbeat.</summary>
    Health,

    /// <summary><c>home.devices.{type}.{id}.event.{key}</c>: a moment.</summary>
    Event,

    /// <summary><c>home.devices.{type}.{id}.past.{key}</c>: a value measured while offline.</summary>
    Past,

    /// <summary><c>home.devices.{type}.{id}.image.{key}</c>: a picture's bytes.</summary>
    Image,

    /// <summary><c>home.devices.{type}.{id}.set</c>: a command.</summary>
    Set,

    /// <summary><c>home.devices.{type}.{id}.config</c>: a configuration.</summary>
    Config,

    /// <summary><c>home.discovery.announce.{type}.{id}</c>.</summary>
    Announce,

    /// <summary><c>home.discovery.remove.{type}.{id}</c>.</summary>
    Remove,

    /// <summary><c>home.discovery.available.{type}.{id}</c>.</summary>
    Available,

    /// <summary><c>home.audit.commands.{type}.{id}</c>.</summary>
    Audit,
}
