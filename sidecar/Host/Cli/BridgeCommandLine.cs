using System.CommandLine;
using System.CommandLine.Invocation;
using HaNatsBridge.Host.Cli.Internal;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Cli;

/// <summary>
/// The command line: <c>hanatsbridge run|simulate|device|gateway|client|forget|mqtt|tls|doctor|version</c>. Its commands call the features' public
/// interfaces; exit codes are <see cref="ExitCodes"/>. What is wrong is one message on the error output, without a stack trace.
/// </summary>
public static class BridgeCommandLine
{
    /// <summary>Every command with its options.</summary>
    public static RootCommand Create(IReadOnlyList<Feature> features)
    {
        IReadOnlyList<Setting> table = [.. features.SelectMany(feature => feature.Settings)];
        var fleet = new FleetCommands(table);
        return new RootCommand("HaNatsBridge: devices speak NATS, Home Assistant sees them as ordinary entities.")
        {
            RunCommand.Create(features, table),
            fleet.CreateDevice(),
            fleet.CreateGateway(),
            fleet.CreateClient(),
            ForgetCommand.Create(table),
            MqttCommand.Create(table),
            TlsCommand.Create(table),
            SimulateCommand.Create(table),
            DoctorCommand.Create(table),
            VersionCommand.Create(),
        };
    }

    /// <summary>Runs a command.</summary>
    public static async Task<int> RunAsync(string[] args, IReadOnlyList<Feature> features)
    {
        Iso8601.UseEverywhere();
        var parsed = Create(features).Parse(args);

        // The host itself hears signals and takes its time to drain; the parser's own two-second limit would cut that short.
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = true };
        if (parsed.Action is not ParseErrorAction)
        {
            return await parsed.InvokeAsync(invocation);
        }

        if (parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            // A group without a command shows what there is.
            await parsed.InvokeAsync(invocation);
        }
        else
        {
            await invocation.Error.WriteLineAsync(UsageError.Of(parsed));
        }

        return ExitCodes.WrongSettings;
    }
}
