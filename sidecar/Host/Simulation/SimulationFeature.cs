using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Simulation.Internal;

namespace HaNatsBridge.Host.Simulation;

/// <summary>
/// Simulation: devices of varied kinds (lamps in several colour modes, thermostat, shutter, lock, sensors, doorbell, plug, panel) as real NATS clients that follow the contract as
/// a device would. The n-th is always the same one, <c>{type}.sim_{n}</c>. <c>run --simulate N</c> runs them beside the sidecar, <c>simulate</c> alone.
/// </summary>
public static class SimulationFeature
{
    /// <summary>How many <c>simulate</c> runs when nobody says.</summary>
    public const int UsualCount = 10;

    private const int MostDevices = 5_000;

    /// <summary>How many run beside the sidecar.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Text("Simulate", "--simulate", "N", "Simulated devices beside the sidecar", (o, v) => o with { Simulate = SettingValue.Number(v, 0, MostDevices) })
            with { Default = "0" },
    ];

    /// <summary>Registers them; none run where the settings say 0.</summary>
    public static IServiceCollection AddSimulation(this IServiceCollection services) => services.AddHostedService<SimulationService>();

    /// <summary>Runs them alone, against the server that the settings name, until it is cancelled.</summary>
    public static Task RunAsync(BridgeOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        new SimulatedHome(
            SimulationLogin.For(options.Nats), options.Prefix, options.Simulate > 0 ? options.Simulate : UsualCount, time, logger).RunAsync(cancellationToken);
}
