namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>The contract's times in one place; a test makes them shorter, nobody else changes them.</summary>
internal sealed record DiscoveryTimings
{
    /// <summary>How exact leases and grace times are.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The least that is left of a lease after the sidecar (re)connected.</summary>
    public TimeSpan ReconnectLease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a closed connection may take to be replaced.</summary>
    public TimeSpan DisconnectGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a device that the comparison missed after a (re)connect may take to be back.</summary>
    public TimeSpan ReturnGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the judge renews its lease.</summary>
    public TimeSpan JudgeRenewal { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a judge that did not renew its lease goes on judging: less than <see cref="JudgeTakeover"/>, so that there never are two.</summary>
    public TimeSpan JudgeStops { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long others wait for the judge before one of them takes its place.</summary>
    public TimeSpan JudgeTakeover { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long looking for announcers' connections rests after the server could not be asked.</summary>
    public TimeSpan LookupPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often it is asked which servers there are, where there are several.</summary>
    public TimeSpan ServerCheck { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the server may take to answer a question about its connections.</summary>
    public TimeSpan ServerAnswer { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long KV may take to answer.</summary>
    public TimeSpan StoreTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a person is told of a registry that was lost and put back.</summary>
    public TimeSpan LossTold { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The longest pause between two ticks that is no sign that this process was stopped (a lease must not run out in its sleep).</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);
}
