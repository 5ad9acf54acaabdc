using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>A change of availability in a batch.</summary>
/// <param name="Device">Whose.</param>
/// <param name="Online">Whether it counts as online.</param>
/// <param name="Since">Since when.</param>
/// <param name="Why">Why.</param>
public readonly record struct AvailabilityEntry(DeviceId Device, bool Online, DateTimeOffset Since, string Why);
