using HaNatsBridge.Host.Health.Internal;

namespace HaNatsBridge.Host.Health;

/// <summary>
/// Health: how features report their state (<see cref="IHealthContributor"/>; Admin serves it), and how they ask for a restart
/// of the host (<see cref="IHostRestart"/>). <c>ServiceWatch</c> requests one when a <see cref="BackgroundService"/> ends, by an
/// exception or a return, before the host stops.
/// </summary>
public static class HealthFeature
{
    /// <summary>Registers <see cref="IHostRestart"/> and the watch over the background services.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services) => services
        // ServiceWatch acts instead; the host's own behaviour would end the process.
        .Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore)
        .AddSingleton<IHostRestart, HostRestart>()
        .AddHostedService<ServiceWatch>();
}
