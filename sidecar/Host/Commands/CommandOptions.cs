namespace HaNatsBridge.Host.Commands;

/// <summary>How much one device is asked: a bound against callers gone wild. A gateway that is one device may need more.</summary>
public sealed record CommandOptions
{
    /// <summary>Commands a second to one device in the long run, 1 to 10,000; twice as many at once. Further ones are RATE_LIMITED.</summary>
    public int PerSecond { get; init; } = 32;

    /// <summary>Commands that one device may be working on at the same time, 1 to 1,024. Further ones are BUSY.</summary>
    public int InFlight { get; init; } = 16;
}
