namespace NATS.Client.JetStream.Models;

/// <summary>
/// Where in a super-cluster a stream lives.
/// </summary>
public record Placement
{
    /// <summary>Name of the cluster.</summary>
    public string? Cluster { get; set; }

    /// <summary>Tags that its servers must have.</summary>
    public ICollection<string>? Tags { get; set; }
}
