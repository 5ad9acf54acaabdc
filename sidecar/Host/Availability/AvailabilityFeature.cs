using HaNatsBridge.Host.Availability.Internal;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HaNatsBridge.Host.Availability;

/// <summary>
/// Availability: which devices are online (docs/devices.md, "Online or offline"). <c>AvailabilityMachine</c> is a state machine
/// without I/O; all leases are on one wheel. The sidecar that leads decides, and <c>AvailabilityWriter</c> writes its decisions
/// to KV <c>availability</c>. Every sidecar, the leader too, follows that bucket (<c>AvailabilityDirectory</c>), and the server
/// republishes it on <c>home.discovery.available.{type}.{id}</c>: what is stored and what is published cannot differ.
/// </summary>
public static class AvailabilityFeature
{
    /// <summary>Registers <see cref="IDeviceAvailability"/> and <see cref="IAvailabilityControl"/>.</summary>
    public static IServiceCollection AddAvailability(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton<MonotonicClock>();
        return services
            .AddBucket(home => new BucketDeclaration(home.Names.AvailabilityBucket, "Who is online")
            {
                RepublishedTo = home.Subjects.Root + ".discovery.available.>",
            })
            .AddSingleton(new AvailabilityTimings())
            .AddSingleton<AvailabilityMachine>()
            .AddSingleton<AvailabilityMetrics>()
            .AddSingleton<AvailabilityDirectory>()
            .AddSingleton<IDeviceAvailability>(provider => provider.GetRequiredService<AvailabilityDirectory>())
            .AddSingleton<IAvailabilityControl>(provider => provider.GetRequiredService<AvailabilityDirectory>())
            .AddSingleton<IHealthContributor, AvailabilityHealth>()
            .AddSingleton<AvailabilityLeader>()
            .AddHostedService(provider => provider.GetRequiredService<AvailabilityLeader>())
            .AddHostedService<AvailabilityWriter>();
    }
}
