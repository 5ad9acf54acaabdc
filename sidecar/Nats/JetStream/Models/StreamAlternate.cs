namespace NATS.Client.JetStream.Models;

/// <summary>
/// A mirror that can serve reads.
/// </summary>
public record StreamAlternate
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Its JetStream domain.</summary>
    public string? Domain { get; set; }

    /// <summary>Its cluster.</summary>
    public string? Cluster { get; set; }
}
