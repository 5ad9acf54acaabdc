using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Discovery;

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

    /// <summary>The connection that a device is online on, <c>{server id}/{connection id}</c> as the server knows it; null: none is known. For people, in a bug report.</summary>
    string? ConnectionOf(DeviceId id);

    /// <summary>All devices at this moment, gateways (named by another's <c>via_device</c> or <c>parent_device</c>) before those that stand behind them.</summary>
    IReadOnlyList<RegisteredDevice> Snapshot();

    /// <summary>
    /// From now on tells the listener of every change, in order, after first telling it of every device there is (<see cref="IDeviceRegistryListener.DeviceChanged"/>).
    /// </summary>
    IDisposable Subscribe(IDeviceRegistryListener listener);

    /// <summary>A sign of life that another feature saw (a command's answer, a state, an event): renews the device's lease. Cheap; any thread.</summary>
    /// <param name="id">The device.</param>
    /// <param name="age">How long ago it was given; zero: now. One from before the device went offline, or older than its lease (30 s where it has none), turns nobody online.</param>
    void SignOfLife(DeviceId id, TimeSpan age = default);

    /// <summary>The health report of a device, as the state feature read it from the stream: renews the lease, remembers well-known numbers, heeds <c>status</c>.</summary>
    /// <param name="id">The device.</param>
    /// <param name="status"><c>online</c>, <c>degraded</c>, <c>offline</c>, or null when the report has none.</param>
    /// <param name="healthKeys">The well-known numbers in the report, as <c>health_rssi</c>.</param>
    /// <param name="age">How long ago it was sent, as in <see cref="SignOfLife"/>; a report from before the last verdict turns nobody offline either.</param>
    void Health(DeviceId id, string? status, IReadOnlyCollection<string> healthKeys, TimeSpan age = default);
}
