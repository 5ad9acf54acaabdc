using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>One registered device with its entities' states. Guarded by the store's lock.</summary>
internal sealed class DeviceSlot(DeviceDescription description, ProblemLog problems)
{
    public DeviceId Id { get; } = description.Id;

    public DeviceDescription Description { get; set; } = description;

    public ProblemLog Problems { get; } = problems;

    public Dictionary<string, EntitySlot> Entities { get; } = new(StringComparer.Ordinal);

    /// <summary>The newest health report's numbers: the sensor that shows one is added to the description only after the report came.</summary>
    public IReadOnlyList<HealthValue> Health { get; set; } = [];

    public ulong HealthSeq { get; set; }

    /// <summary>Whether the key is one of the diagnostic sensors, which only health reports set (contract.md, "State": reserved prefix).</summary>
    public static bool IsHealth(string key) => key.StartsWith("health_", StringComparison.Ordinal);
}
