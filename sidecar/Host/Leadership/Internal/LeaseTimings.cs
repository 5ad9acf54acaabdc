namespace HaNatsBridge.Host.Leadership.Internal;

/// <summary>How long what takes. Only tests change it.</summary>
internal sealed record LeaseTimings
{
    /// <summary>How often the leader renews its lease.</summary>
    public TimeSpan Renewal { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a leader that could not renew its lease goes on: less than <see cref="Takeover"/>, so that there are never two.
    /// </summary>
    public TimeSpan Stop { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long the lease of a leader that is there, but silent, is respected.</summary>
    public TimeSpan Takeover { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a leader may take to answer the question whether it is there.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromMilliseconds(700);
}
