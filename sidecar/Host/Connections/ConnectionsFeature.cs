using HaNatsBridge.Host.Connections.Internal;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Timing;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HaNatsBridge.Host.Connections;

/// <summary>
/// Connections: a closed connection means offline, because NATS has no last will (docs/devices.md, "Online or offline"). A device's
/// connection is the one of its credential, else the one that subscribes to its <c>.set</c> (<c>ConnectionMatch</c>); a leaf
/// node's or a route's is no device's. Servers are asked through the system account (<c>ServerRequests</c>); their DISCONNECT
/// events tell which connection ended (<c>ConnectionWatcher</c>). Without system credentials nothing is known, and leases alone
/// count.
/// </summary>
public static class ConnectionsFeature
{
    /// <summary>Registers <see cref="IDeviceConnections"/>.</summary>
    public static IServiceCollection AddDeviceConnections(this IServiceCollection services)
    {
        services.TryAddSingleton<MonotonicClock>();
        services.TryAddSingleton<Subscriptions>();
        return services
            .AddSingleton(new ConnectionTimings())
            .AddSingleton<ConnectionBook>()
            .AddSingleton<ServerRequests>()
            .AddSingleton<DeviceCredentials>()
            .AddSingleton<ConnectionFinder>()
            .AddSingleton<RivalReports>()
            .AddSingleton<DeviceConnections>()
            .AddSingleton<IDeviceConnections>(provider => provider.GetRequiredService<DeviceConnections>())
            .AddSingleton<IHealthContributor, ConnectionsHealth>()
            .AddHostedService<ConnectionWatcher>();
    }
}
