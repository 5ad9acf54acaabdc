using HaNatsBridge.Contract.Announcements;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>A device in the registry. Immutable: a change makes a new one.</summary>
/// <param name="Announced">What it announced, as KV holds it.</param>
/// <param name="Revision">The KV revision of that.</param>
/// <param name="Listed">What other features see.</param>
internal sealed record DeviceEntry(DeviceDescription Announced, ulong Revision, RegisteredDevice Listed)
{
    /// <summary>The keys of its diagnostic sensors in <see cref="Listed"/>.</summary>
    public IReadOnlyList<string> Health { get; init; } = [];
}
