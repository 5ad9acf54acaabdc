using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Simulation.Internal;

namespace HaNatsBridge.Host.Simulation;

/// <summary>
/// Simulation: devices of many kinds (lamps in several colour modes, thermostat, shutter, lock, sensors, doorbell, plug, panel) on
/// the library for devices, as real NATS clients. The n-th is always the same one, <c>{type}.sim_{n}</c>. <c>run --simulate N</c>
/// runs them beside the sidecar, <c>simulate</c> alone.
/// </summary>
public static partial class SimulationFeature
{
    /// <summary>How many <c>simulate</c> runs by default.</summary>
    public const int UsualCount = 10;

    private const int MostDevices = 5_000;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(2);

    /// <summary>How many run beside the sidecar.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Text(
            "Simulate",
            "--simulate",
            "N",
            "Simulated devices beside the sidecar",
            (options, text) => options with { Simulate = SettingValue.Number(text, 0, MostDevices) }) with { Default = "0" },
    ];

    /// <summary>Registers them; none run where the settings say 0.</summary>
    public static IServiceCollection AddSimulation(this IServiceCollection services) =>
        services.AddHostedService<SimulationService>();

    /// <summary>
    /// Runs them alone, against the server that the settings name, until it is cancelled. Waits for the server.
    /// </summary>
    public static async Task RunAsync(
        BridgeOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var count = options.Simulate > 0 ? options.Simulate : UsualCount;
        var login = SimulationLogin.For(options);
        try
        {
            await WaitForServerAsync(SimulationLogin.DiagnosisOf(options, login), time, logger, cancellationToken);
            await new SimulatedHome(login, count, time, logger).RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It was stopped before there was a server.
        }
    }

    private static async Task WaitForServerAsync(
        NatsDiagnosis diagnosis, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        NatsProblem? logged = null;
        while (await diagnosis.FindAsync(cancellationToken) is { } problem)
        {
            if (problem != logged)
            {
                LogNoServer(logger, problem, BetweenAttempts.TotalSeconds);
                logged = problem;
            }

            await Task.Delay(BetweenAttempts, time, cancellationToken);
        }
    }

    [LoggerMessage(1512, LogLevel.Warning, "No connection to NATS: {Problem} It is tried again every {Seconds} s")]
    private static partial void LogNoServer(ILogger logger, NatsProblem problem, double seconds);
}
