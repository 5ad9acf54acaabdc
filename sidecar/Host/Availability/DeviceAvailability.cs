namespace HaNatsBridge.Host.Availability;

/// <summary>Whether a device is online (docs/devices.md, "Online or offline"), as KV <c>availability</c> has it.</summary>
/// <param name="Online">
/// Whether its entities are available; the entities of a device that is <c>when_offline: assumed</c> stay available when it is
/// false.
/// </param>
/// <param name="Since">When that began.</param>
/// <param name="Why">
/// For people and logs: <c>announced</c>, <c>lease_expired</c>, <c>disconnected</c>, <c>reported_offline</c>, …
/// </param>
public readonly record struct DeviceAvailability(bool Online, DateTimeOffset Since, string Why);
