using System.Diagnostics;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;

namespace HaNatsBridge.Nats.Bench.Soak;

/// <summary>All kinds of traffic at once over two connections, for minutes, against a server that is killed again and again.</summary>
public sealed class SoakRun(SoakOptions options, SoakReport report)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private readonly List<SoakSample> _samples = [];
    private readonly List<string> _failures = [];
    private long _dropped;
    private int _kills;

    /// <summary>Runs and reports.</summary>
    /// <returns>Whether nothing acknowledged was lost, nothing came twice and nothing hung.</returns>
    public async Task<bool> RunAsync()
    {
        await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = options.Version, JetStream = true });
        var watch = Stopwatch.StartNew();
        var sending = new NatsConnection(new NatsOpts { Url = server.Url, Name = "soak sending", RetryOnInitialConnect = true });
        var receiving = new NatsConnection(new NatsOpts { Url = server.Url, Name = "soak receiving", RetryOnInitialConnect = true });
        receiving.MessageDropped += (_, _) =>
        {
            Interlocked.Increment(ref _dropped);
            return ValueTask.CompletedTask;
        };
        SoakLane[] lanes =
        [
            new CoreSoakLane(sending, receiving),
            new RequestSoakLane(sending, receiving),
            new StreamSoakLane(sending, receiving),
            new BucketSoakLane(sending, receiving),
        ];
        await RunLanesAsync(lanes, server);
        await InTimeAsync("closing the connections", Task.WhenAll(sending.DisposeAsync().AsTask(), receiving.DisposeAsync().AsTask()));
        _samples.Add(SoakSample.Take("connections closed"));
        _failures.AddRange(lanes.Where(static lane => lane.Lost > 0).Select(static lane => $"{lane.Name}: {lane.Lost} acknowledged messages were lost"));
        _failures.AddRange(lanes.Where(static lane => lane.Doubled > 0).Select(static lane => $"{lane.Name}: {lane.Doubled} came twice, out of order or wrong"));
        report.Write(options, watch.Elapsed, _kills, Interlocked.Read(ref _dropped), lanes, _samples, _failures);
        return _failures.Count == 0;
    }

    private async Task RunLanesAsync(SoakLane[] lanes, NatsServerProcess server)
    {
        using var stopSending = new CancellationTokenSource();
        using var stopReceiving = new CancellationTokenSource();
        foreach (var lane in lanes)
        {
            await lane.PrepareAsync(stopReceiving.Token).WaitAsync(EndLimit);
        }

        var receivers = lanes.Select(lane => lane.ReceiveAsync(stopReceiving.Token)).ToArray();
        var senders = lanes.Select(lane => lane.SendAsync(stopSending.Token)).ToArray();
        await WatchAsync(lanes, [.. senders, .. receivers], server);

        await stopSending.CancelAsync();
        await InTimeAsync("ending the senders", Task.WhenAll(senders));
        var settling = Stopwatch.StartNew();
        while (settling.Elapsed < EndLimit && lanes.Any(static lane => !lane.HasSettled))
        {
            await Task.Delay(Tick);
        }

        _samples.Add(SoakSample.Take("end"));
        await stopReceiving.CancelAsync();
        await InTimeAsync("ending the receivers", Task.WhenAll(receivers));
    }

    /// <summary>Kills, samples, and looks for what stands still, until the time is over or something failed.</summary>
    private async Task WatchAsync(SoakLane[] lanes, Task[] tasks, NatsServerProcess server)
    {
        var watch = Stopwatch.StartNew();
        var progress = lanes.Select(static lane => (lane.Received, At: TimeSpan.Zero)).ToArray();
        var moments = new Queue<(TimeSpan At, string Name)>(Moments());
        while (watch.Elapsed < options.Length && _failures.Count == 0)
        {
            await Task.Delay(Tick);
            if (moments.TryPeek(out var moment) && watch.Elapsed >= moment.At)
            {
                _samples.Add(SoakSample.Take(moments.Dequeue().Name));
            }

            if (watch.Elapsed >= options.KillEvery * (_kills + 0.5))
            {
                await server.KillAsync();
                await Task.Delay(options.Outage);
                await server.StartAsync();
                report.Killed(++_kills, watch.Elapsed);
            }

            for (var i = 0; i < lanes.Length; i++)
            {
                if (lanes[i].Received != progress[i].Received)
                {
                    progress[i] = (lanes[i].Received, watch.Elapsed);
                }
                else if (watch.Elapsed - progress[i].At > options.HangAfter)
                {
                    _failures.Add($"{lanes[i].Name}: nothing arrived for {options.HangAfter.TotalSeconds:F0} s");
                }
            }

            if (tasks.Any(static task => task.IsCompleted))
            {
                _failures.AddRange(tasks.Where(static task => task.IsFaulted).Select(static task => task.Exception!.GetBaseException().ToString()));
                return;
            }
        }
    }

    /// <summary>The start is some seconds after the first message: what is compiled and grown once is no growth.</summary>
    private IEnumerable<(TimeSpan At, string Name)> Moments()
    {
        var start = TimeSpan.FromSeconds(Math.Min(10, options.Length.TotalSeconds / 8));
        yield return (start, $"start ({start.TotalSeconds:F0} s)");
        yield return (options.Length * 0.25, "a quarter");
        yield return (options.Length * 0.5, "half");
        yield return (options.Length * 0.75, "three quarters");
    }

    private async Task InTimeAsync(string what, Task task)
    {
        try
        {
            await task.WaitAsync(EndLimit);
        }
        catch (TimeoutException)
        {
            _failures.Add($"{what} took more than {EndLimit.TotalSeconds:F0} s");
        }
        catch (Exception e) when (_failures.Count > 0)
        {
            // The lane that failed is in the list already; its task fails once more here.
            _failures.Add($"{what}: {e.Message}");
        }
    }
}
