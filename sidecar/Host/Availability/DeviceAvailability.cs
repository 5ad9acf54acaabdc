namespace HaNatsBridge.Host.Availability;

/// <summary>Whether a device counts as online (contract.md, "Online or offline"); stored in KV <c>availability</c> before anyone is told.</summary>
/// <param name="Online">Whether its entities are available; false leaves the entities of a device that is <c>when_offline: assumed</c> available.</param>
/// <param name="Since">When that began.</param>
/// <param name="Why">For people and logs: <c>announced</c>, <c>lease_expired</c>, <c>disconnected</c>, <c>reported_offline</c>, …</param>
public readonly record struct DeviceAvailability(bool Online, DateTimeOffset Since, string Why);
