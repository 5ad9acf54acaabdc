namespace NATS.Client.JetStream.Models;

/// <summary>
/// What an account uses and may use with one number of replicas.
/// </summary>
public record Tier
{
    /// <summary>Bytes in memory.</summary>
    public ulong Memory { get; set; }

    /// <summary>Bytes in files.</summary>
    public ulong Storage { get; set; }

    /// <summary>Streams.</summary>
    public int Streams { get; set; }

    /// <summary>Consumers.</summary>
    public int Consumers { get; set; }

    /// <summary>What the account may use.</summary>
    public AccountLimits Limits { get; set; } = new();
}
