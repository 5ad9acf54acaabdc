using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Registry.Internal.Announcing;
using HaNatsBridge.Host.Registry.Internal.Budgets;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry;

/// <summary>
/// Registry: which devices there are (docs/devices.md, "Announce").
/// <para>
/// <b>Announcements</b> are requests that the sidecars share by a queue group (<c>AnnounceService</c>). One is read and checked
/// by the contract, stored in KV <c>devices</c> by compare-and-set (<c>DeviceStore</c>), and answered with the key's revision: an
/// accepted announcement survives whatever is killed next. What is refused goes to the sender and to HOME_DLQ (<c>Refusals</c>).
/// All queues are bounded; where one is full the answer is NOT_STORED, and the device tries again. Devices and entities are
/// limited, of the home and of each credential (<c>EntityBudgets</c>): beyond that the answer is TOO_LARGE.
/// </para>
/// <para>
/// <b>KV is the only road into the registry</b> (<c>DeviceRegistry</c>): an announcement that this sidecar accepted comes back by
/// following the bucket (<c>RegistryFollower</c>), as one of another sidecar does. Links to gateways are resolved here
/// (<c>DeviceLinks</c>).
/// </para>
/// <para>
/// <b>Only a tombstone removes</b>: a deletion marker in KV. It is written first; then every state subject of the device gets its
/// marker (<c>StateMarkers</c>), the availability is deleted, and at last the key is purged, which says that all of that is done.
/// A deletion that was not finished is finished by whoever sees it (<c>RemovalFinisher</c>).
/// </para>
/// </summary>
public static class RegistryFeature
{
    internal const string MaxEntities = "--max-entities";
    internal const string MaxEntitiesPerCredential = "--max-entities-per-credential";
    internal const string MaxDevicesPerCredential = "--max-devices-per-credential";
    private const int Most = 1_000_000;

    /// <summary>How much it takes.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Of<RegistryOptions>(
            "Registry:MaxEntities", MaxEntities, "N", "Entities of the home",
            (o, v) => o with { MaxEntities = SettingValue.Number(v, 1, Most) }) with { Default = "10000", IsLive = true },
        Setting.Of<RegistryOptions>(
            "Registry:MaxEntitiesPerCredential", MaxEntitiesPerCredential, "N", "Entities of all devices of one credential",
            (o, v) => o with { MaxEntitiesPerCredential = SettingValue.Number(v, 1, Most) })
            with { Default = "5000", IsLive = true },
        Setting.Of<RegistryOptions>(
            "Registry:MaxDevicesPerCredential", MaxDevicesPerCredential, "N", "Devices of one credential",
            (o, v) => o with { MaxDevicesPerCredential = SettingValue.Number(v, 1, Most) })
            with { Default = "1000", IsLive = true },
    ];

    /// <summary>Registers <see cref="IDeviceRegistry"/> and <see cref="IDeviceRemoval"/>.</summary>
    public static IServiceCollection AddRegistry(this IServiceCollection services)
    {
        services.AddMetrics();
        services
            .AddBucket(home => new BucketDeclaration(home.Names.DevicesBucket, "The registry") { History = 10 })
            .AddStream(home => new StreamDeclaration(
                home.Names.DlqStream, "What could not be processed, and why", 256 * StorageDeclarations.Mebibyte)
            {
                Subjects = [home.Subjects.AllDlq, home.Subjects.Rejected], MaxAge = TimeSpan.FromDays(30),
            });
        services.TryAddSingleton<MonotonicClock>();
        services.TryAddSingleton<Subscriptions>();
        services
            .AddSingleton(new RegistryTimings())
            .AddSingleton<DeviceRegistry>()
            .AddSingleton<IDeviceRegistry>(provider => provider.GetRequiredService<DeviceRegistry>())
            .AddSingleton<RegistryMetrics>()
            .AddSingleton<Replies>()
            .AddSingleton<SenderCheck>()
            .AddSingleton<DeviceRequests>()
            .AddSingleton<StateMarkers>()
            .AddSingleton<DeviceStore>()
            .AddSingleton<DeviceRemover>()
            .AddSingleton<IDeviceRemoval>(provider => provider.GetRequiredService<DeviceRemover>())
            .AddSingleton<ChangeBudget>()
            .AddSingleton<RefusedDevices>()
            .AddSingleton<EntityBudgets>()
            .AddSingleton<Admission>()
            .AddSingleton<RejectionRepairs>()
            .AddSingleton<Refusals>()
            .AddSingleton<AnnounceNotices>()
            .AddSingleton<AnnouncementAcceptor>();
        services
            .AddRunning<RegistryFollower>()
            .AddRunning<DeviceLanes>()
            .AddRunning<RejectedAnnouncements>()
            .AddRunning<NamelessRefusals>()
            .AddRunning<DroppedMessages>()
            .AddRunning<AnnounceService>()
            .AddRunning<RemoveService>()
            .AddRunning<RemovalFinisher>()
            .AddRunning<BudgetWatch>()
            .AddRunning<ListingService>();
        return services.AddSingleton<IHealthContributor, RegistryHealth>();
    }

    /// <summary>Asks the home's sidecars to remove a device, over a connection to the home's account.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="prefix">The home's root prefix.</param>
    /// <param name="id">The device.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether the registry had the device.</returns>
    /// <exception cref="IOException">It could not be removed; the message is for people.</exception>
    public static Task<bool> RemoveAsync(
        NatsConnection connection, string prefix, DeviceId id, CancellationToken cancellationToken) =>
        RemovalRequest.SendAsync(connection, new HomeSubjects(prefix).RemoveOf(id), id, cancellationToken);

    private static IServiceCollection AddRunning<T>(this IServiceCollection services)
        where T : class, IHostedService =>
        services.AddSingleton<T>().AddHostedService(provider => provider.GetRequiredService<T>());
}
