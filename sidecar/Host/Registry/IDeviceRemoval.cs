using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry;

/// <summary>Removes devices, as <c>home.discovery.remove</c> does (docs/devices.md, "Announce").</summary>
public interface IDeviceRemoval
{
    /// <summary>
    /// Removes a device, online or not: the deletion marker is in KV when this returns, and the markers of its states follow. It
    /// exists again when it announces itself again.
    /// </summary>
    Task<RemovalOutcome> RemoveAsync(DeviceId id, CancellationToken cancellationToken);
}

/// <summary>How a removal ended.</summary>
public enum RemovalOutcome
{
    /// <summary>KV did not take it: it can be tried again.</summary>
    NotStored,

    /// <summary>The device is removed.</summary>
    Removed,

    /// <summary>The registry does not have the device.</summary>
    NotKnown,
}
