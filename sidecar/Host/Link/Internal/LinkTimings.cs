namespace HaNatsBridge.Host.Link.Internal;

/// <summary>Time limits, which tests shorten.</summary>
internal sealed record LinkTimings
{
    /// <summary>The time limit of a request that has none of its own.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(5);
}
