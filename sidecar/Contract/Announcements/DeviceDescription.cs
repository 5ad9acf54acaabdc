using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>A device's normalised description, as the registry keeps it (contract.md, "Announce").</summary>
public sealed class DeviceDescription
{
    /// <summary>Whose it is.</summary>
    public required DeviceId Id { get; init; }
}
