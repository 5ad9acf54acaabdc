using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry;

/// <summary>The devices of the home, read from KV and followed there, so that two sidecars see the same ones and a restart needs no device to speak again.</summary>
public interface IDeviceRegistry
{
    /// <summary>Completes when everything that KV holds has been read once.</summary>
    Task Ready { get; }

    /// <summary>
    /// Which registry this is: another text after its bucket was made anew (deleted, a lost disk, another server). A device that such a one does not know was perhaps never removed.
    /// Null before <see cref="Ready"/>.
    /// </summary>
    string? Incarnation { get; }

    /// <summary>How many devices there are.</summary>
    int Count { get; }

    /// <summary>A device, by its identity.</summary>
    bool TryGet(DeviceId id, [NotNullWhen(true)] out RegisteredDevice? device);

    /// <summary>All devices at this moment, gateways (named by another's <c>via_device</c> or <c>parent_device</c>) before those that stand behind them.</summary>
    IReadOnlyList<RegisteredDevice> Snapshot();

    /// <summary>
    /// From now on tells the listener of every change, in order, after first telling it of every device there is (<see cref="IDeviceRegistryListener.DeviceChanged"/>).
    /// </summary>
    IDisposable Subscribe(IDeviceRegistryListener listener);
}
