using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>The simulated devices beside the sidecar.</summary>
internal sealed partial class SimulationService(BridgeOptions options, IEmbeddedServer server, TimeProvider time, ILogger<SimulationService> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Simulate == 0)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken);
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await new SimulatedHome(Login(), options.Prefix, options.Simulate, time, logger).RunAsync(stoppingToken);
            }
            catch (NatsException exception)
            {
                LogFailed(exception.Message);
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
    }

    private NatsOpts Login() => server.IsUsed ? SimulationLogin.For(server.Access) : SimulationLogin.For(options.Nats);

    [LoggerMessage(1520, LogLevel.Warning, "The simulated devices start again: {Reason}")]
    private partial void LogFailed(string reason);
}
