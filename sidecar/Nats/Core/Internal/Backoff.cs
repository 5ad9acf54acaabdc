namespace NATS.Client.Core.Internal;

/// <summary>How long to wait between two rounds over all servers.</summary>
internal static class Backoff
{
    /// <summary>
    /// ReconnectWaitMin, doubled each round up to ReconnectWaitMax (constant where the latter is not larger), and at random up to ReconnectJitter less or more, never more than
    /// the cap: clients that lost the same server do not come back in step.
    /// </summary>
    /// <param name="opts">The three options.</param>
    /// <param name="round">1 after the first failed round.</param>
    /// <param name="random">[0, 1).</param>
    public static TimeSpan Delay(NatsOpts opts, int round, double random)
    {
        var min = opts.ReconnectWaitMin.TotalMilliseconds;
        var cap = Math.Max(min, opts.ReconnectWaitMax.TotalMilliseconds);
        var wanted = min * Math.Pow(2, Math.Clamp(round - 1, 0, 30));
        var jitter = opts.ReconnectJitter.TotalMilliseconds * random;
        var delay = wanted + jitter <= cap ? wanted + jitter : cap - jitter;
        return TimeSpan.FromMilliseconds(Math.Max(delay, Math.Min(1, cap)));
    }
}
