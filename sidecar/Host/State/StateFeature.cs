using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.State.Internal;
using HaNatsBridge.Host.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HaNatsBridge.Host.State;

/// <summary>
/// State: the last known state of every entity, and listeners for what changes (<see cref="IStateStore"/>).
/// <para>
/// <c>StateFollower</c> reads HOME_STATE once and then follows HOME_TELEMETRY from the sequence where that ended, so that no last
/// value is ever wrong; <c>EventFollower</c> follows the events in HOME_DEVICE_EVENTS; <c>Backfiller</c> reads the last state of
/// what was just announced. All put it into <c>StateStore</c>: a message costs a lookup, a check against the description and,
/// when it is new, one array.
/// </para>
/// <para>
/// <c>StateSweeper</c> removes from HOME_STATE what is beyond a device's budget; <c>TooLargeStates</c> notices what the server did
/// not store; <c>ConditionalStates</c> deletes what would stop the copying on an old server.
/// </para>
/// A wrong value is unknown, its neighbours are not; it is listed per device. Meter: <c>HaNatsBridge.State</c>.
/// </summary>
public static class StateFeature
{
    /// <summary>The largest state or health message that is stored, with its headers: 64 KiB.</summary>
    public const int MaxStateBytes = 64 * 1024;

    /// <summary>The largest event that is stored: what the embedded server takes at all.</summary>
    private const int MaxEventBytes = 1024 * 1024;

    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    /// <summary>Registers <see cref="IStateStore"/> and what fills it.</summary>
    public static IServiceCollection AddState(this IServiceCollection services)
    {
        services.TryAddSingleton<Subscriptions>();
        services
            .AddMetrics()
            .AddStream(Telemetry)
            .AddStream(States)
            .AddStream(DeviceEvents)
            .AddSingleton<StateMetrics>()
            .AddSingleton<StateStore>()
            .AddSingleton<IStateStore>(provider => provider.GetRequiredService<StateStore>())
            .AddSingleton<IHealthContributor, StateHealth>()
            .AddSingleton<DeviceRepairs>()
            .AddSingleton<StoredTimes>()
            .AddSingleton<TelemetryReader>()
            .AddSingleton<OrphanReports>()
            .AddSingleton<ConditionalStates>();
        return services
            .AddHostedService(provider => provider.GetRequiredService<ConditionalStates>())
            .AddHostedService<StateFollower>()
            .AddHostedService<StateSweeper>()
            .AddHostedService<TooLargeStates>()
            .AddHostedService<EventFollower>()
            .AddHostedService(provider => provider.GetRequiredService<OrphanReports>())
            .AddHostedService<Backfiller>();
    }

    private static StreamDeclaration Telemetry(HomeLayout home) =>
        new(home.Names.TelemetryStream, "States and health reports as published", 4 * StorageDeclarations.Gibibyte)
        {
            Subjects = [home.Subjects.AllStates, home.Subjects.AllEntityStates, home.Subjects.AllHealth],
            MaxAge = Week,
            MaxMessageBytes = MaxStateBytes,
            DuplicateWindow = StorageDeclarations.ShortestDuplicateWindow,
            IsWrittenByDevices = true,
        };

    /// <summary>
    /// Nothing that it has gives way: where it is full, the copying waits until there is room. No limit for messages: what is too
    /// large for it would stop the copying for ever.
    /// </summary>
    private static StreamDeclaration States(HomeLayout home) =>
        new(home.Names.StateStream, "The last state of every entity", 256 * StorageDeclarations.Mebibyte)
        {
            Source = home.Names.TelemetryStream,
            LastPerSubject = true,
            MaxMessageBytes = -1,
            DuplicateWindow = StorageDeclarations.ShortestDuplicateWindow,
            RefusesWhenFull = true,
        };

    private static StreamDeclaration DeviceEvents(HomeLayout home) =>
        new(home.Names.DeviceEventsStream, "Events of devices, and values measured while offline", StorageDeclarations.Gibibyte)
        {
            Subjects = [home.Subjects.AllEvents, home.Subjects.AllPast],
            MaxAge = Week,
            MaxMessageBytes = MaxEventBytes,
            DuplicateWindow = StorageDeclarations.ShortestDuplicateWindow,
            IsWrittenByDevices = true,
        };
}
