using System.CommandLine;
using HaNatsBridge.Host.Cli.Internal;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Cli;

/// <summary>
/// The command line: <c>hanatsbridge run|simulate|device|gateway|forget|tls|doctor|version</c>. Its commands call the features' public
/// interfaces; exit codes are <see cref="ExitCodes"/>. What is wrong is one message on the error output, without a stack trace.
/// </summary>
public static class BridgeCommandLine
{
    /// <summary>Runs a command.</summary>
    public static Task<int> RunAsync(string[] args, IReadOnlyList<Feature> features)
    {
        IReadOnlyList<Setting> table = [.. features.SelectMany(feature => feature.Settings)];
        var fleet = new FleetCommands(table);
        var root = new RootCommand("HaNatsBridge: devices speak NATS, Home Assistant sees them as ordinary entities.")
        {
            RunCommand.Create(features, table),
            fleet.CreateDevice(),
            fleet.CreateGateway(),
            ForgetCommand.Create(table),
            TlsCommand.Create(table),
            SimulateCommand.Create(table),
            DoctorCommand.Create(table),
            VersionCommand.Create(),
        };

        // The host itself hears signals and takes its time to drain; the parser's own two-second limit would cut that short.
        var parsed = root.Parse(args);
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = true };
        var exit = parsed.InvokeAsync(invocation);
        return parsed.Errors.Count > 0 ? AsUsage(exit) : exit;
    }

    private static async Task<int> AsUsage(Task<int> exit)
    {
        await exit;
        return ExitCodes.WrongSettings;
    }
}
