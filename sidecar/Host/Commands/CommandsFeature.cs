using HaNatsBridge.Host.Commands.Internal;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Commands;

/// <summary>
/// Commands: the only way to a device's <c>.set</c> (docs/devices.md, "Commands").
/// <para>
/// <c>CommandRouter</c> checks the command against the description; <c>CommandQueue</c> holds the order of each device's commands; <c>CommandSender</c> publishes
/// them and reads the device's first answer (<c>ReplyInbox</c>); <c>AuditWriter</c> stores <c>home.audit.commands.…</c> after the answer;
/// <c>RunningCommands</c> ends what runs when the sidecar stops.
/// </para>
/// A command is sent again only after the connection was lost, only when its action is idempotent and its caller allows it, with the same id.
/// Meter and traces: <c>HaNatsBridge.Commands</c>.
/// </summary>
public static class CommandsFeature
{
    /// <summary>How much one device is asked.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Of<CommandOptions>(
            "Commands:InFlight", "--commands-in-flight", "N", "Commands that a device may have unanswered, unless it announces max_commands",
            (o, v) => o with { InFlight = SettingValue.Number(v, 1, 1_024) }) with { Default = "16", IsLive = true },
    ];

    /// <summary>Registers <see cref="ICommandRouter"/>.</summary>
    public static IServiceCollection AddCommands(this IServiceCollection services) => services
        .AddMetrics()
        .AddStream(home => new StreamDeclaration(
            home.Names.AuditStream, "Who commanded what, and what came of it", 256 * StorageDeclarations.Mebibyte)
        {
            // An audit record is published again until it is acknowledged, also after an outage that is longer than the default.
            Subjects = [home.Subjects.AllAudit], MaxAge = TimeSpan.FromDays(30), DuplicateWindow = TimeSpan.FromHours(1),
        })
        .AddSingleton<CommandMetrics>()
        .AddSingleton(provider =>
        {
            var settings = provider.GetRequiredService<ISettings>();
            return new CommandQueue(() => settings.Current.Of<CommandOptions>().InFlight);
        })
        .AddSingleton<CommandSender>()
        .AddSingleton<AuditWriter>()
        .AddSingleton<IAuditLog>(provider => provider.GetRequiredService<AuditWriter>())
        .AddHostedService(provider => provider.GetRequiredService<AuditWriter>())
        .AddSingleton<RunningCommands>()

        // Stopped in the reverse order: first the running commands, then their audit.
        .AddHostedService(provider => provider.GetRequiredService<RunningCommands>())
        .AddSingleton<ICommandRouter, CommandRouter>()
        .AddSingleton<IHealthContributor, CommandsHealth>();
}
