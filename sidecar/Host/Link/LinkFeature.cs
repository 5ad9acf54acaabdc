using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link.Internal;

namespace HaNatsBridge.Host.Link;

/// <summary>
/// Link: the sidecar's connections to NATS, for the home account, the system account and commands, and the options of all of them (<see cref="NatsClientOptions"/>). They are made at the start, come back for ever (at most a
/// second apart in the first minute of an outage, then seldomer, up to 30 s), and are drained at the end, after every feature and before the embedded server.
/// </summary>
public static class LinkFeature
{
    /// <summary>Registers <see cref="IHomeLink"/> and <see cref="ICommandLink"/>.</summary>
    public static IServiceCollection AddLink(this IServiceCollection services) => services
        .AddSingleton(new LinkTimings())
        .AddSingleton<HomeLink>()
        .AddSingleton<IHomeLink>(provider => provider.GetRequiredService<HomeLink>())
        .AddSingleton<IHealthContributor>(provider => provider.GetRequiredService<HomeLink>())
        .AddHostedService(provider => provider.GetRequiredService<HomeLink>())
        .AddSingleton<CommandLink>()
        .AddSingleton<ICommandLink>(provider => provider.GetRequiredService<CommandLink>())
        .AddSingleton<IHealthContributor>(provider => provider.GetRequiredService<CommandLink>())
        .AddHostedService(provider => provider.GetRequiredService<CommandLink>())
        .Configure<LoggerFilterOptions>(static filters => filters.AddFilter(NatsClientOptions.NoisyCategory, LogLevel.Critical));
}
