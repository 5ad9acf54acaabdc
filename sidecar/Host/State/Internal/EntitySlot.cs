using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>One entity's last known state. Kept small: a home has thousands. Guarded by the store's lock.</summary>
internal sealed class EntitySlot(DeviceSlot device, EntityDescription description)
{
    public DeviceSlot Device { get; } = device;

    public EntityDescription Description { get; set; } = description;

    public EntityId Id => new(Device.Id, Description.Key);

    /// <summary>The normalised value; null while none has come.</summary>
    public byte[]? Value { get; set; }

    /// <summary>Where the newest message about it stands in HOME_TELEMETRY, also when it said the same again or was wrong.</summary>
    public ulong Seq { get; set; }

    /// <summary><c>expire_after</c> in milliseconds; 0: never.</summary>
    public int ExpireAfter { get; set; }

    /// <summary>When it expires, in milliseconds of the wheel's clock; only meaningful while <see cref="IsOnWheel"/>.</summary>
    public long ExpiresAt { get; set; }

    public bool IsOnWheel { get; set; }
}
