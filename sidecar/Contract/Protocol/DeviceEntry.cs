using HaNatsBridge.Contract.Announcements;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>A device in a batch: its normalised description and what the registry knows of it.</summary>
/// <param name="Description">As listed to clients, with the diagnostic sensors of its health reports.</param>
/// <param name="Revision">The KV revision of the announced description.</param>
/// <param name="Online">Whether it counts as online.</param>
/// <param name="Since">Since when.</param>
/// <param name="Why">Why.</param>
public readonly record struct DeviceEntry(DeviceDescription Description, ulong Revision, bool Online, DateTimeOffset Since, string Why);
