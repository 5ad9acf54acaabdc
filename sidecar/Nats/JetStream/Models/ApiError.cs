namespace NATS.Client.JetStream.Models;

/// <summary>
/// An error of the JetStream API (ADR-1, ADR-7).
/// </summary>
public record ApiError
{
    /// <summary>Like an HTTP status: 300 to 599.</summary>
    public int Code { get; set; }

    /// <summary>What went wrong, for people.</summary>
    public string? Description { get; set; }

    /// <summary>What went wrong, for programs: a number of the server's list.</summary>
    public int ErrCode { get; set; }
}
