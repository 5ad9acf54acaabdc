using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Commands.Internal;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Commands;

/// <summary>
/// Commands: the only way to a device's <c>.set</c> (contract.md, "Command").
/// <para>
/// <c>CommandRouter</c> checks the command against the description and its device's bounds (<c>DeviceGate</c>: BUSY, RATE_LIMITED); <c>CommandSender</c> asks
/// the device (<c>DeviceLine</c>) and reads its first answer by the contract's strict rules, and knows by the lost connection when none can come any more (UNKNOWN_OUTCOME);
/// <c>AuditWriter</c> writes <c>home.audit.commands.…</c> behind the answer, <c>FailureLog</c> the log; <c>RunningCommands</c> ends what runs before they stop.
/// </para>
/// A command is sent again only after the link was lost, only when its action is idempotent and its caller allows it, with the same id. Meter: <c>HaNatsBridge.Commands</c>.
/// </summary>
public static class CommandsFeature
{
    /// <summary>How much one device is asked.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Of<CommandOptions>(
            "Commands:PerSecond", "--commands-per-second", "N", "Commands a second to one device, twice as many at once",
            (o, v) => o with { PerSecond = SettingValue.Number(v, 1, 10_000) }) with { Default = "32", IsLive = true },
        Setting.Of<CommandOptions>(
            "Commands:InFlight", "--commands-in-flight", "N", "Commands that one device may be working on",
            (o, v) => o with { InFlight = SettingValue.Number(v, 1, 1_024) }) with { Default = "16", IsLive = true },
    ];

    /// <summary>Registers <see cref="ICommandRouter"/>.</summary>
    public static IServiceCollection AddCommands(this IServiceCollection services) => services
        .AddMetrics()
        .AddSingleton<CommandMetrics>()
        .AddSingleton(provider =>
        {
            var settings = provider.GetRequiredService<ISettings>();
            return new DeviceGate(() => settings.Current.Of<CommandOptions>(), provider.GetRequiredService<TimeProvider>());
        })
        .AddSingleton<DeviceLine>()
        .AddSingleton<CommandSender>()
        .AddSingleton<AuditWriter>()
        .AddHostedService(provider => provider.GetRequiredService<AuditWriter>())
        .AddSingleton<FailureLog>()
        .AddHostedService(provider => provider.GetRequiredService<FailureLog>())
        .AddSingleton<RunningCommands>()

        // Stopped in the reverse order: first what runs, then who writes of it.
        .AddHostedService(provider => provider.GetRequiredService<RunningCommands>())
        .AddSingleton<ICommandRouter, CommandRouter>()
        .AddSingleton<IHealthContributor, CommandsHealth>();
}
