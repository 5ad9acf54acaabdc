namespace NATS.Client.JetStream.Models;

/// <summary>
/// Publishes stored messages again (ADR-28).
/// </summary>
public record Republish
{
    /// <summary>Subject to match; empty: all.</summary>
    public required string Src { get; set; }

    /// <summary>New subject.</summary>
    public required string Dest { get; set; }

    /// <summary>Publishes only headers and <c>Nats-Msg-Size</c>.</summary>
    public bool HeadersOnly { get; set; }
}
