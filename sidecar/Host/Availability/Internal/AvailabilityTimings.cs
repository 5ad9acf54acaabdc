namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>The contract's times. Only tests change them.</summary>
internal sealed record AvailabilityTimings
{
    /// <summary>How exact leases are.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The least that is left of a lease after the sidecar (re)connected.</summary>
    public TimeSpan ReconnectLease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest pause between two ticks. After a longer one this process was stopped, and no lease runs out for that.
    /// </summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long KV may take to answer.</summary>
    public TimeSpan StoreTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
