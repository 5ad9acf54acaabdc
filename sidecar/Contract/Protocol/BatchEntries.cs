using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>A device in a batch: its normalised description and what the registry knows of it.</summary>
/// <param name="Description">As listed to clients, with the diagnostic sensors of its health reports.</param>
/// <param name="Revision">The KV revision of the announced description.</param>
/// <param name="Online">Whether it counts as online.</param>
/// <param name="Since">Since when.</param>
/// <param name="Why">Why.</param>
public readonly record struct DeviceEntry(
    DeviceDescription Description, ulong Revision, bool Online, DateTimeOffset Since, string Why);

/// <summary>A change of availability in a batch.</summary>
/// <param name="Device">The device.</param>
/// <param name="Online">Whether it counts as online.</param>
/// <param name="Since">Since when.</param>
/// <param name="Why">Why.</param>
public readonly record struct AvailabilityEntry(DeviceId Device, bool Online, DateTimeOffset Since, string Why);

/// <summary>A state in a batch.</summary>
/// <param name="Entity">The entity.</param>
/// <param name="Value">The normalised value, JSON, UTF-8: it replaces the entity's whole state.</param>
public readonly record struct StateEntry(EntityId Entity, ReadOnlyMemory<byte> Value);

/// <summary>A new picture in a batch: not its bytes, which are fetched by HTTP.</summary>
/// <param name="Entity">The entity.</param>
/// <param name="At">When the server stored it; null: the entity has no picture any more.</param>
/// <param name="ContentType">What the device says that it is, such as <c>image/jpeg</c>; null where it does not.</param>
public readonly record struct PictureEntry(EntityId Entity, DateTimeOffset? At, string? ContentType);

/// <summary>An event in a batch.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="Entity">The event entity.</param>
/// <param name="EventType">One of its event types.</param>
/// <param name="Attributes">A JSON object, UTF-8; empty: <c>{}</c>.</param>
/// <param name="At">When the server stored it.</param>
public readonly record struct EventEntry(
    ulong Id, EntityId Entity, string EventType, ReadOnlyMemory<byte> Attributes, DateTimeOffset At);

/// <summary>A repair in a batch.</summary>
/// <param name="Id">Unique while it is active: <c>duplicate_device.climate.hall</c>.</param>
/// <param name="Key">Which text is shown: <c>duplicate_device</c>.</param>
/// <param name="Severity"><c>warning</c> or <c>error</c>.</param>
/// <param name="Placeholders">The values that the text names.</param>
/// <param name="Active">False clears it.</param>
public readonly record struct IssueEntry(
    string Id, string Key, string Severity, IReadOnlyDictionary<string, string> Placeholders, bool Active);
