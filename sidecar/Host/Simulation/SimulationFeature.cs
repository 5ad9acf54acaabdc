using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Simulation.Internal;

namespace HaNatsBridge.Host.Simulation;

/// <summary>
/// Simulation: devices of many kinds (lamps in several colour modes, thermostat, shutter, lock, sensors, doorbell, plug, panel) on
/// the library for devices, as real NATS clients. The n-th is always the same one, <c>{type}.sim_{n}</c>. <c>run --simulate N</c>
/// runs them beside the sidecar, <c>simulate</c> alone.
/// </summary>
public static class SimulationFeature
{
    /// <summary>How many <c>simulate</c> runs by default.</summary>
    public const int UsualCount = 10;

    private const int MostDevices = 5_000;

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

    /// <summary>Runs them alone, against the server that the settings name, until it is cancelled.</summary>
    public static Task RunAsync(BridgeOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var count = options.Simulate > 0 ? options.Simulate : UsualCount;
        return new SimulatedHome(SimulationLogin.For(options), count, time, logger).RunAsync(cancellationToken);
    }
}
