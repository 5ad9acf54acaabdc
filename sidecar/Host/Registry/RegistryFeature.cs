using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Registry;

/// <summary>
/// Discovery: which devices there are, and which of them are online (contract.md, "Announce" and "Online or offline").
/// <para>
/// <b>Announcements</b> come as requests; sidecars share them by a queue group (<c>AnnounceService</c>). One is read and checked by the contract, stored in KV <c>devices</c> by
/// compare-and-set (<c>DeviceStore</c>), and answered with the key's revision: an accepted announcement has survived whatever is killed next. What is refused goes to the sender and to
/// HOME_DLQ (<c>RejectedAnnouncements</c>). All queues are bounded, and who does not find room is told NOT_STORED and tries again.
/// </para>
/// <para>
/// <b>The registry</b> (<c>DeviceRegistry</c>) is what KV says, read once and followed (<c>RegistryFollower</c>), so that a restart needs no device to speak and two sidecars see the
/// same. Links to gateways are resolved here (<c>DeviceLinks</c>). A bucket that was made anew or lost its end has removed nobody: what this sidecar knows is put back
/// (<c>RegistryRestorer</c>), and only what was removed on request is gone.
/// </para>
/// <para>
/// <b>Removing</b> writes what is to be forgotten on record first (<c>RemovalJournal</c>), then changes the registry, then publishes the markers, then strikes the record off:
/// killed anywhere between, the next start finishes it (<c>RemovalRepairer</c>).
/// </para>
/// <para>
/// <b>Online or offline</b> is decided by one sidecar, the holder of <c>JudgeLease</c>. <c>AvailabilityJudge</c> is a state machine without I/O; <c>AvailabilityWriter</c> writes its
/// verdicts to KV and only then tells anyone; <c>ConnectionWatcher</c> tells it of closed connections. All leases are on one wheel.
/// </para>
/// Besides the contract's subjects the sidecars use two among themselves: <c>home.discovery.announced</c> and <c>home.discovery.judge.{instance}</c>.
/// </summary>
public static class RegistryFeature
{
    /// <summary>Registers <see cref="IDeviceRegistry"/> and what keeps it true.</summary>
    public static IServiceCollection AddRegistry(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton(new DiscoveryTimings());
        services.AddSingleton<MonotonicClock>();
        services.AddSingleton<DiscoveryInstance>();
        services.AddSingleton<Subscriptions>();
        services.AddSingleton<AvailabilityJudge>();
        services.AddSingleton<DeviceRegistry>();
        services.AddSingleton<IDeviceRegistry>(provider => provider.GetRequiredService<DeviceRegistry>());
        services.AddSingleton<IDeviceAvailability>(provider => provider.GetRequiredService<DeviceRegistry>());
        services.AddSingleton<DiscoveryMetrics>();
        services.AddSingleton<Replies>();
        services.AddSingleton<RemovalJournal>();
        services.AddSingleton<DeviceStore>();
        services.AddSingleton<RemovalRepairer>();
        services.AddSingleton<DeviceLanes>();
        services.AddSingleton<ChangeBudget>();
        services.AddSingleton<RejectedAnnouncements>();
        services.AddSingleton<RejectionRepairs>();
        services.AddSingleton<AnnouncedDevices>();
        services.AddSingleton<SystemRequests>();
        services.AddSingleton<DeviceCredentials>();
        services.AddSingleton<RegistryRestorer>();
        services.AddRunning<DroppedMessages>();
        services.AddRunning<RegistryFollower>();
        services.AddRunning<JudgeLease>();
        services.AddRunning<AvailabilityWriter>();
        services.AddRunning<ConnectionWatcher>();
        services.AddRunning<AnnounceService>();
        services.AddRunning<RemoveService>();
        services.AddRunning<ListingService>();
        return services.AddSingleton<IHealthContributor, DiscoveryHealth>();
    }

    private static void AddRunning<T>(this IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
