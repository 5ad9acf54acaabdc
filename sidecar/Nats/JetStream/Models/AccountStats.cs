namespace NATS.Client.JetStream.Models;

/// <summary>
/// What an account uses and may use.
/// </summary>
public record AccountStats
{
    /// <summary>Bytes in memory.</summary>
    public ulong Memory { get; set; }

    /// <summary>Bytes in files.</summary>
    public ulong Storage { get; set; }

    /// <summary>Streams.</summary>
    public int Streams { get; set; }

    /// <summary>Consumers.</summary>
    public int Consumers { get; set; }

    /// <summary>The server's JetStream domain.</summary>
    public string? Domain { get; set; }

    /// <summary>What the account may use.</summary>
    public AccountLimits Limits { get; set; } = new();

    /// <summary>The same for each number of replicas.</summary>
    public IDictionary<string, Tier>? Tiers { get; set; }

    /// <summary>Use of the API.</summary>
    public ApiStats Api { get; set; } = new();
}
