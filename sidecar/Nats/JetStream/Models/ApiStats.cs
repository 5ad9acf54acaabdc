namespace NATS.Client.JetStream.Models;

/// <summary>
/// Use of the JetStream API.
/// </summary>
public record ApiStats
{
    /// <summary>Which features the API has: 0 before server 2.11, 1 with it (ADR-44).</summary>
    public int Level { get; set; }

    /// <summary>Requests.</summary>
    public long Total { get; set; }

    /// <summary>Requests that failed.</summary>
    public long Errors { get; set; }
}
