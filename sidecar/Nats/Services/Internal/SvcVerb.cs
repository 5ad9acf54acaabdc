using System.Text.Json;

namespace NATS.Client.Services.Internal;

/// <summary>What discovery can ask a service.</summary>
/// <param name="Name">The word in the subject.</param>
/// <param name="Describe">The answer.</param>
internal sealed record SvcVerb(string Name, Func<NatsSvcServer, byte[]> Describe)
{
    internal static readonly IReadOnlyList<SvcVerb> All =
    [
        new("PING", static server => JsonSerializer.SerializeToUtf8Bytes(server.GetPing(), SvcJsonContext.Default.PingResponse)),
        new("INFO", static server => JsonSerializer.SerializeToUtf8Bytes(server.GetInfo(), SvcJsonContext.Default.InfoResponse)),
        new("STATS", static server => JsonSerializer.SerializeToUtf8Bytes(server.GetStats(), SvcJsonContext.Default.StatsResponse)),
    ];
}
