using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry;

/// <summary>
/// The devices of the home, read from KV and followed there, so that two sidecars see the same ones and a restart needs no device
/// to announce itself again.
/// </summary>
public interface IDeviceRegistry
{
    /// <summary>Completes when everything that KV holds has been read once, availability included.</summary>
    Task Ready { get; }

    /// <summary>How many devices there are.</summary>
    int Count { get; }

    /// <summary>
    /// The devices that were removed and not announced again, the newest 10,000, oldest first. Only these are gone: a device that
    /// is neither here nor in <see cref="Snapshot"/> is unknown.
    /// </summary>
    IReadOnlyList<DeviceId> Removed { get; }

    /// <summary>A device, by its identity.</summary>
    bool TryGet(DeviceId id, [NotNullWhen(true)] out RegisteredDevice? device);

    /// <summary>
    /// All devices at this moment, gateways (named by another's <c>via_device</c> or <c>parent_device</c>) before those that
    /// stand behind them.
    /// </summary>
    IReadOnlyList<RegisteredDevice> Snapshot();

    /// <summary>
    /// From now on reports every change to the listener, in order, after first reporting every device there is
    /// (<see cref="IDeviceRegistryListener.DeviceChanged"/>).
    /// </summary>
    IDisposable Subscribe(IDeviceRegistryListener listener);
}
