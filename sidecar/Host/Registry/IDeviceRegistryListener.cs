using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry;

/// <summary>Hears of the registry's changes: in order, from one thread at a time. Implementations must neither block nor throw.</summary>
public interface IDeviceRegistryListener
{
    /// <summary>A device is new, or its description changed.</summary>
    void DeviceChanged(RegisteredDevice device);

    /// <summary>A device was forgotten.</summary>
    void DeviceRemoved(DeviceId id);

    /// <summary>Only <see cref="RegisteredDevice.Availability"/> changed.</summary>
    void AvailabilityChanged(RegisteredDevice device);
}
