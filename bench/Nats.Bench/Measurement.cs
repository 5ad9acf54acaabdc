using System.Diagnostics;

namespace HaNatsBridge.Nats.Bench;

/// <summary>What one run measured.</summary>
/// <param name="Messages">How many.</param>
/// <param name="Elapsed">Until the last one was where it belongs.</param>
/// <param name="AllocatedBytes">By the whole process meanwhile.</param>
/// <param name="Cpu">Processor time of this process (not the server's): on a busy machine it tells more than the clock.</param>
/// <param name="Latencies">Of single operations, where the case has them.</param>
public sealed record Measurement(int Messages, TimeSpan Elapsed, long AllocatedBytes, TimeSpan Cpu, TimeSpan[]? Latencies = null)
{
    public double PerSecond => Messages / Elapsed.TotalSeconds;

    public double CpuNanoseconds => Cpu.TotalNanoseconds / Messages;

    public double BytesPerMessage => (double)AllocatedBytes / Messages;

    public TimeSpan Percentile(double share) => Latencies![(int)Math.Min(Latencies.Length * share, Latencies.Length - 1)];

    /// <summary>Runs once, watching time and allocations.</summary>
    public static async Task<Measurement> OfAsync(int messages, Func<Task> run)
    {
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        await run();
        return new Measurement(messages, watch.Elapsed, GC.GetTotalAllocatedBytes(precise: true) - allocated, Environment.CpuUsage.TotalTime - cpu);
    }

    /// <summary>Runs one operation after the other and keeps the time of each.</summary>
    public static async Task<Measurement> OfEachAsync(int operations, Func<Task> operation)
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
        return whole with { Latencies = latencies };
    }
}
