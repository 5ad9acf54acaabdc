namespace NATS.Client.JetStream.Models;

/// <summary>
/// Leader and replicas of a stream or consumer.
/// </summary>
public record ClusterInfo
{
    /// <summary>Name of the cluster.</summary>
    public string? Name { get; set; }

    /// <summary>Name of the leading server.</summary>
    public string? Leader { get; set; }

    /// <summary>The other servers.</summary>
    public ICollection<PeerInfo>? Replicas { get; set; }
}
