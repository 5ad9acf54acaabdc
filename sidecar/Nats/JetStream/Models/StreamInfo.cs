namespace NATS.Client.JetStream.Models;

/// <summary>
/// A stream as the server describes it.
/// </summary>
public record StreamInfo
{
    /// <summary>Its configuration as the server understood it.</summary>
    public StreamConfig Config { get; set; } = new();

    /// <summary>What it holds.</summary>
    public StreamState State { get; set; } = new();

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; set; }

    /// <summary>The server's time when it answered.</summary>
    public DateTimeOffset Ts { get; set; }

    /// <summary>Its leader and replicas.</summary>
    public ClusterInfo? Cluster { get; set; }

    /// <summary>State of its mirror.</summary>
    public StreamSourceInfo? Mirror { get; set; }

    /// <summary>State of its sources.</summary>
    public ICollection<StreamSourceInfo>? Sources { get; set; }

    /// <summary>Mirrors of it, nearest first.</summary>
    public ICollection<StreamAlternate>? Alternates { get; set; }
}
