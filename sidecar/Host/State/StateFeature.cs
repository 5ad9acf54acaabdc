using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.State.Internal;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.State;

/// <summary>
/// State: the last known state of every entity, and who wants to hear of changes (<see cref="IStateStore"/>).
/// <para>
/// <c>StateFollower</c> reads HOME_STATE once and then follows HOME_TELEMETRY from the sequence where that ended, so that no last value is ever wrong;
/// <c>EventFollower</c> follows the moments in HOME_EVENTS; <c>Backfiller</c> fetches the last state of what was just announced. All put it into <c>StateStore</c>,
/// one dictionary from subject to entity: a message costs a lookup, a check against the description and, when it says something new, one array.
/// </para>
/// Wrong values make one entity unknown and are listed per device. Meter: <c>HaNatsBridge.State</c>.
/// </summary>
public static class StateFeature
{
    /// <summary>Registers <see cref="IStateStore"/> and what fills it.</summary>
    public static IServiceCollection AddState(this IServiceCollection services) => services
        .AddMetrics()
        .AddSingleton<StateMetrics>()
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<StateStore>(provider, provider.GetRequiredService<IHomeStorage>().Subjects))
        .AddSingleton<IStateStore>(provider => provider.GetRequiredService<StateStore>())
        .AddSingleton<IHealthContributor, StateHealth>()
        .AddHostedService<StateFollower>()
        .AddHostedService<EventFollower>()
        .AddHostedService<Backfiller>();
}
