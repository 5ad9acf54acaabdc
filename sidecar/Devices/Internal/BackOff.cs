namespace HaNatsBridge.Devices.Internal;

/// <summary>1 s, doubling to 30 s, a quarter more or less, so that devices do not reconnect at the same moment.</summary>
internal sealed class BackOff(Chance chance)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private TimeSpan _next = First;

    public void Reset() => _next = First;

    public TimeSpan Next()
    {
        var delay = _next * (0.75 + (chance.Next() / 2));
        _next = TimeSpan.FromTicks(Math.Min(_next.Ticks * 2, Longest.Ticks));
        return delay;
    }
}

/// <summary>Randomness that several devices share.</summary>
internal sealed class Chance(Random random)
{
    private readonly Lock _lock = new();

    /// <summary>From 0 to below 1.</summary>
    public double Next()
    {
        // Only Random.Shared may be used by several threads.
        lock (_lock)
        {
            return random.NextDouble();
        }
    }
}
