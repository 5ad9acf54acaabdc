using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry;

/// <summary>
/// Is called with the changes of the registry: in order, from one thread at a time. Implementations must neither block nor throw.
/// </summary>
public interface IDeviceRegistryListener
{
    /// <summary>A device is new, or its description changed.</summary>
    void DeviceChanged(RegisteredDevice device);

    /// <summary>A device was removed.</summary>
    void DeviceRemoved(DeviceId id);

    /// <summary>Only <see cref="RegisteredDevice.Availability"/> changed.</summary>
    void AvailabilityChanged(RegisteredDevice device);
}
