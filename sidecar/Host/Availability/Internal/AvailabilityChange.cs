using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>A decision that has to be written.</summary>
/// <param name="Id">The device.</param>
/// <param name="Record">What to write.</param>
/// <param name="Revision">
/// The revision that it replaces; 0: there is none. Another one there means that another sidecar wrote meanwhile.
/// </param>
/// <param name="IsVisible">Whether the device goes online or offline; otherwise it is bookkeeping.</param>
internal readonly record struct AvailabilityChange(DeviceId Id, AvailabilityRecord Record, ulong Revision, bool IsVisible);
