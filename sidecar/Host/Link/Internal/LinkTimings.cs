namespace HaNatsBridge.Host.Link.Internal;

/// <summary>How patient the link is; a test is less so, nobody else.</summary>
internal sealed record LinkTimings
{
    /// <summary>How long a question may take to be answered, where who asks does not say.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(5);
}
