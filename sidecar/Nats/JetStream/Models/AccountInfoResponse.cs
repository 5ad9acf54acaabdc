namespace NATS.Client.JetStream.Models;

/// <summary>
/// Answer to <c>$JS.API.INFO</c>.
/// </summary>
public record AccountInfoResponse : AccountStats
{
}
