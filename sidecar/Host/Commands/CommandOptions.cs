namespace HaNatsBridge.Host.Commands;

/// <summary>How much one device is asked at once that does not say it itself (<c>max_commands</c>).</summary>
public sealed record CommandOptions
{
    /// <summary>Unanswered commands of one device, 1 to 1,024. Further ones wait within their deadline.</summary>
    public int InFlight { get; init; } = 16;
}
