namespace NATS.Client.KeyValueStore;

/// <summary>Options of a watcher.</summary>
public record NatsKVWatchOpts
{
    /// <summary>The last value of each key, then every change.</summary>
    public static readonly NatsKVWatchOpts Default = new();

    /// <summary>How often the server gives a sign of life; a watcher that misses two heals itself. Default 5 s, at least 0.5 s.</summary>
    public TimeSpan IdleHeartbeat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Leaves out deletions.</summary>
    public bool IgnoreDeletes { get; init; }

    /// <summary>Begins with all revisions that are kept.</summary>
    public bool IncludeHistory { get; init; }

    /// <summary>Begins with the next change.</summary>
    public bool UpdatesOnly { get; init; }

    /// <summary>Leaves out the values.</summary>
    public bool MetaOnly { get; init; }

    /// <summary>Begins with this revision; 0 for none. Not with <see cref="IncludeHistory"/> or <see cref="UpdatesOnly"/>.</summary>
    public ulong ResumeAtRevision { get; init; }

    /// <summary>Is called whenever all there is was given out, at first also for an empty bucket; true ends the watcher.</summary>
    public Func<CancellationToken, ValueTask<bool>>? OnNoData { get; init; }

    internal void ThrowIfInvalid()
    {
        if (ResumeAtRevision > 0 && (IncludeHistory || UpdatesOnly))
        {
            throw new InvalidOperationException("ResumeAtRevision excludes IncludeHistory and UpdatesOnly");
        }
    }
}
