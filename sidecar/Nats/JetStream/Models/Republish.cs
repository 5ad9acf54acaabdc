namespace NATS.Client.JetStream.Models;

/// <summary>
/// Publishes stored messages again (ADR-28).
/// </summary>
public record Republish
{
    /// <summary>Subject to match; all when left out.</summary>
    public string? Src { get; set; }

    /// <summary>New subject.</summary>
    public string? Dest { get; set; }

    /// <summary>Publishes only headers and <c>Nats-Msg-Size</c>.</summary>
    public bool HeadersOnly { get; set; }
}
