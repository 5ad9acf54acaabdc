namespace HaNatsBridge.Contract.Identity;

/// <summary>A subject that names one device, parsed by <see cref="HomeSubjects.TryParse"/>.</summary>
/// <param name="Kind">Which kind of subject.</param>
/// <param name="Device">The device.</param>
/// <param name="Key">The entity's key for <c>.state.{key}</c>, <c>.event.{key}</c>, <c>.past.{key}</c> and <c>.image.{key}</c>;
/// else null.</param>
public readonly record struct DeviceSubject(DeviceSubjectKind Kind, DeviceId Device, string? Key);

/// <summary>The kinds of subjects that name one device (contract/subjects.md).</summary>
public enum DeviceSubjectKind
{
    /// <summary><c>home.devices.{type}.{id}.state</c>: the full snapshot.</summary>
    State,

    /// <summary><c>home.devices.{type}.{id}.state.{key}</c>: one entity.</summary>
    EntityState,

    /// <summary><c>home.devices.{type}.{id}.health</c>: a heartbeat.</summary>
    Health,

    /// <summary><c>home.devices.{type}.{id}.event.{key}</c>: an event.</summary>
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
