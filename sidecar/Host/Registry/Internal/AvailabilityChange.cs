using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>A verdict that has to be written, or to be told.</summary>
/// <param name="Id">The device.</param>
/// <param name="Record">What to write.</param>
/// <param name="Revision">The revision that it replaces; 0: there is none. Another one there means that somebody else wrote meanwhile.</param>
/// <param name="FlipsOnline">Whether people see a change, or may not have been told of the last one; else it is bookkeeping.</param>
/// <param name="IsWritten">Whether KV holds it already, and only people have yet to be told.</param>
internal readonly record struct AvailabilityChange(DeviceId Id, AvailabilityRecord Record, ulong Revision, bool FlipsOnline, bool IsWritten);
