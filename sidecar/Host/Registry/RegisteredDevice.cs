using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Host.Availability;

namespace HaNatsBridge.Host.Registry;

/// <summary>A device as the registry knows it. Immutable: a change makes a new one.</summary>
/// <param name="Description">What it announced, normalised; with the diagnostic sensors of its health reports added.</param>
/// <param name="Revision">The KV revision of the announced description.</param>
/// <param name="Availability">Whether it counts as online.</param>
public sealed record RegisteredDevice(DeviceDescription Description, ulong Revision, DeviceAvailability Availability);
