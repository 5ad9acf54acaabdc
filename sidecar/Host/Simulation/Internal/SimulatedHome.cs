using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>
/// Many simulated devices: the first 40 have a connection each, the others share these, as devices behind a gateway do.
/// </summary>
internal sealed partial class SimulatedHome(DeviceConnectionOptions options, int count, TimeProvider time, ILogger logger)
{
    private const int MostConnections = 40;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var devices = Enumerable.Range(1, count).Select(number => Catalogue.Make(number, time)).ToList();
        var connections = devices.Take(MostConnections).Select(Connect).ToList();
        try
        {
            foreach (var (index, device) in devices.Index())
            {
                device.Device.Announced += reply => Report(device.Device.Id, reply);
                await device.PublishAsync(cancellationToken);
                connections[index % MostConnections].Add(device.Device);
            }

            LogStarted(count, connections.Count);
            var running = connections.Select(connection => connection.RunAsync(cancellationToken));
            await Task.WhenAll([.. running, BeatAsync(devices, cancellationToken)]);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            LogStopped();
        }
    }

    /// <summary>They all log in to one server, so the log of the first says it for all.</summary>
    private DeviceConnection Connect(SimulatedDevice device, int index) =>
        new(options with { Name = device.Device.Id.ToString() }, index == 0 ? logger : null, time);

    private async Task BeatAsync(List<SimulatedDevice> devices, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Beat, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var device in devices)
            {
                await device.AdvanceAsync(Beat, cancellationToken);
            }
        }
    }

    private void Report(DeviceId device, DiscoveryReply reply)
    {
        foreach (var error in reply.Errors)
        {
            LogRefused(device, error);
        }
    }

    [LoggerMessage(1500, LogLevel.Warning, "Simulated device {Device} was refused: {Error}")]
    private partial void LogRefused(DeviceId device, ContractError error);

    [LoggerMessage(1510, LogLevel.Information, "Simulated devices: {Count}, connections: {Connections}")]
    private partial void LogStarted(int count, int connections);

    [LoggerMessage(1511, LogLevel.Information, "Simulated devices stopped")]
    private partial void LogStopped();
}
