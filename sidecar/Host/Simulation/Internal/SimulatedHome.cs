using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>Many simulated devices, each on a connection of its own up to a number, from where on several share one, as devices behind a gateway do.</summary>
internal sealed partial class SimulatedHome(NatsOpts options, string prefix, int count, TimeProvider time, ILogger logger)
{
    private const int MostConnections = 40;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private bool _isUnreachable;

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var connections = new List<NatsConnection>();
        var runners = new List<DeviceRunner>();
        try
        {
            var subjects = new HomeSubjects(prefix);
            for (var number = 1; number <= count; number++)
            {
                var device = Catalogue.Make(number);
                if (number <= MostConnections)
                {
                    connections.Add(new NatsConnection(NatsClientOptions.Named(options, device.Id.ToString())));
                    connections[^1].ReconnectFailed += OnFailed;
                }

                var connection = connections[(number - 1) % MostConnections];
                runners.Add(new DeviceRunner(device, connection, subjects, new Random(number), time, logger));
            }

            LogStarted(count, connections.Count);
            await Task.WhenAll([.. runners.Select(runner => runner.RunAsync(cancellationToken)), BeatAsync(runners, cancellationToken)]);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            LogStopped();
        }
        finally
        {
            runners.ForEach(runner => runner.Dispose());
            await Task.WhenAll(connections.Select(connection => connection.DisposeAsync().AsTask()));
        }
    }

    private ValueTask OnFailed(object? sender, NatsEventArgs arguments)
    {
        // Once for all of them: without it a person sees nothing at all of a wrong address.
        if (!Interlocked.Exchange(ref _isUnreachable, true))
        {
            LogUnreachable(arguments.Message);
        }

        return ValueTask.CompletedTask;
    }

    private async Task BeatAsync(List<DeviceRunner> runners, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Beat, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var runner in runners)
            {
                try
                {
                    await runner.AdvanceAsync(Beat, cancellationToken);
                }
                catch (NatsException exception)
                {
                    LogBeatFailed(exception.Message);
                }
            }
        }
    }

    [LoggerMessage(1510, LogLevel.Information, "{Count} simulated devices on {Connections} connections")]
    private partial void LogStarted(int count, int connections);

    [LoggerMessage(1513, LogLevel.Warning, "NATS at {Url} does not answer or refuses the simulated devices; it is tried again and again")]
    private partial void LogUnreachable(string url);

    [LoggerMessage(1511, LogLevel.Information, "Simulated devices stopped")]
    private partial void LogStopped();

    [LoggerMessage(1512, LogLevel.Debug, "A simulated device could not publish: {Reason}")]
    private partial void LogBeatFailed(string reason);
}
