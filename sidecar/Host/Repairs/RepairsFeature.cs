using HaNatsBridge.Host.Repairs.Internal;

namespace HaNatsBridge.Host.Repairs;

/// <summary>
/// Repairs: what a person should look at. Any feature raises and clears them; the hub shows them in Home Assistant, the health
/// report lists them. They live in memory only: who raised one finds the trouble again after a restart, or it is gone.
/// </summary>
public static class RepairsFeature
{
    /// <summary>Registers <see cref="IRepairs"/>.</summary>
    public static IServiceCollection AddRepairs(this IServiceCollection services) =>
        services.AddSingleton<IRepairs, RepairList>();
}
