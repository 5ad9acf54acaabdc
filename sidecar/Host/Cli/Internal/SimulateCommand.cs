using System.CommandLine;
using HaNatsBridge.Host.Admin;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Simulation;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary><c>simulate</c>: simulated devices alone, until SIGINT or SIGTERM.</summary>
internal static class SimulateCommand
{
    public static Command Create(IReadOnlyList<Setting> table)
    {
        var command = new Command(
            "simulate",
            $"Run {SimulationFeature.UsualCount} simulated devices (or --simulate N) against nats://127.0.0.1:4222 or --nats");
        var settings = SettingsFlags.AddTo(
            command, table, flag => flag is "--nats" or "--nats-creds" or "--nats-ca" or "--prefix" or "--simulate" or "--log-level");
        command.SetAction((parsed, cancellationToken) => Guard.RunAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var options = settings.Read(parsed).Current;
            using var logging = LoggerFactory.Create(builder => builder.AddBridgeConsole(options.LogLevel));
            using var signals = new StopSignals(cancellationToken);
            await SimulationFeature.RunAsync(options, TimeProvider.System, logging.CreateLogger("Simulation"), signals.Token);
            return ExitCodes.Ok;
        }));
        return command;
    }
}
