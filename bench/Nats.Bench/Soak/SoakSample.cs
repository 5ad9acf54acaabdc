using System.Diagnostics;

namespace HaNatsBridge.Nats.Bench.Soak;

/// <summary>What the process holds at one moment; the heap after a full collection.</summary>
/// <param name="When">The moment's name in the report.</param>
/// <param name="HeapBytes">Alive on the managed heap.</param>
/// <param name="ResidentBytes">Of the process.</param>
/// <param name="Handles">Open file descriptors.</param>
/// <param name="Threads">Of the process.</param>
public sealed record SoakSample(string When, long HeapBytes, long ResidentBytes, int Handles, int Threads)
{
    public static SoakSample Take(string when)
    {
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        return new SoakSample(when, heap, process.WorkingSet64, process.HandleCount, process.Threads.Count);
    }
}
