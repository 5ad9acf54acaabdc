using HaNatsBridge.Contract.Announcements;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>A device in the registry. Immutable: a change makes a new one.</summary>
/// <param name="Announced">What it announced, as KV holds it.</param>
/// <param name="Revision">The KV revision of that.</param>
/// <param name="Listed">What the rest of the house sees.</param>
internal sealed record DeviceEntry(DeviceDescription Announced, ulong Revision, RegisteredDevice Listed);
