using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Availability;

/// <summary>
/// Which devices are online (docs/devices.md, "Online or offline"). Takes signs of life from whoever sees them; all sidecars of a
/// home have the same answer, from KV.
/// </summary>
public interface IDeviceAvailability
{
    /// <summary>Completes when everything that KV holds has been read once.</summary>
    Task Ready { get; }

    /// <summary>A sign of life (a command's answer, a state, an event): renews the device's lease. Cheap; any thread.</summary>
    /// <param name="id">The device.</param>
    /// <param name="age">
    /// How long ago it was given; zero: now. One from before the device went offline, or older than its lease (30 s where it has
    /// none), has no effect.
    /// </param>
    void SignOfLife(DeviceId id, TimeSpan age = default);

    /// <summary>
    /// The health report of a device, as the state feature read it from the stream: renews the lease, remembers well-known
    /// numbers, follows <c>status</c>.
    /// </summary>
    /// <param name="id">The device.</param>
    /// <param name="status"><c>online</c>, <c>degraded</c>, <c>offline</c>, or null when the report has none.</param>
    /// <param name="healthKeys">The well-known numbers in the report, as <c>health_rssi</c>.</param>
    /// <param name="age">
    /// How long ago it was sent, as in <see cref="SignOfLife"/>; a report from before the last change does not turn the device
    /// offline either.
    /// </param>
    void Health(DeviceId id, string? status, IReadOnlyCollection<string> healthKeys, TimeSpan age = default);

    /// <summary>What KV holds of a device; null: nothing yet.</summary>
    DeviceAvailability? Of(DeviceId id);

    /// <summary>The well-known numbers that its health reports have had so far, as <c>health_rssi</c>; sorted.</summary>
    IReadOnlyList<string> HealthKeysOf(DeviceId id);

    /// <summary>
    /// The connection that a device is online on, <c>{server id}/{connection id}</c> as the server knows it; null: none is known.
    /// For people, in a bug report.
    /// </summary>
    string? ConnectionOf(DeviceId id);

    /// <summary>From now on reports every change that KV holds, in order.</summary>
    IDisposable Subscribe(IAvailabilityListener listener);
}

/// <summary>
/// Is called after a change was stored: one call at a time, without a lock held. Implementations must neither block nor throw.
/// </summary>
public interface IAvailabilityListener
{
    /// <summary>The availability or the health keys of a device changed.</summary>
    void AvailabilityChanged(DeviceId id);
}
