namespace HaNatsBridge.Host.Commands;

/// <summary>How much one device is asked at once. A gateway that is one device may take more.</summary>
public sealed record CommandOptions
{
    /// <summary>Unanswered commands of one device, 1 to 1,024. Further ones wait within their deadline.</summary>
    public int InFlight { get; init; } = 16;
}
