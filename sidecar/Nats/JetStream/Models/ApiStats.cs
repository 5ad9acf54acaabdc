namespace NATS.Client.JetStream.Models;

/// <summary>
/// Use of the JetStream API.
/// </summary>
public record ApiStats
{
    /// <summary>Requests.</summary>
    public long Total { get; set; }

    /// <summary>Requests that failed.</summary>
    public long Errors { get; set; }
}
