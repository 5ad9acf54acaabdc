using System.Diagnostics;

namespace HaNatsBridge.Nats.Bench;

/// <summary>What one turn measured.</summary>
/// <param name="Messages">How many.</param>
/// <param name="Elapsed">Until the last one was where it belongs.</param>
/// <param name="AllocatedBytes">By the whole process meanwhile; unknown of a foreign client.</param>
/// <param name="Cpu">Processor time of the client's process (not the server's): on a busy machine it tells more than the clock.</param>
/// <param name="Latency">Of single operations, where the case has them.</param>
public sealed record Measurement(int Messages, TimeSpan Elapsed, long? AllocatedBytes, TimeSpan Cpu, Latency? Latency = null)
{
    public double PerSecond => Messages / Elapsed.TotalSeconds;

    public double CpuNanoseconds => Cpu.TotalNanoseconds / Messages;

    public double? BytesPerMessage => (double?)AllocatedBytes / Messages;

    /// <summary>Runs once, watching time and allocations.</summary>
    public static async Task<Measurement> OfAsync(int messages, Func<Task> run)
    {
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        await run();
        return new Measurement(messages, watch.Elapsed, GC.GetTotalAllocatedBytes(precise: true) - allocated, Environment.CpuUsage.TotalTime - cpu);
    }

    /// <summary>Runs one operation after the other and keeps the time of each. What an operation allocates around its subject counts too.</summary>
    public static async Task<Measurement> OfEachAsync<T>(int operations, Func<ValueTask<T>> operation)
    {
        var latencies = new TimeSpan[operations];
        var whole = await OfAsync(operations, async () =>
        {
            for (var i = 0; i < operations; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await operation();
                latencies[i] = Stopwatch.GetElapsedTime(start);
            }
        });
        Array.Sort(latencies);
        return whole with { Latency = new Latency(Percentile(latencies, 0.5), Percentile(latencies, 0.99)) };
    }

    private static TimeSpan Percentile(TimeSpan[] sorted, double share) => sorted[(int)Math.Min(sorted.Length * share, sorted.Length - 1)];
}
