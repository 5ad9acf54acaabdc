namespace NATS.Client.JetStream.Models;

/// <summary>
/// One replica.
/// </summary>
public record PeerInfo
{
    /// <summary>Name of the server.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Whether it is up to date.</summary>
    public bool Current { get; set; }

    /// <summary>Since it was last heard of.</summary>
    public TimeSpan Active { get; set; }

    /// <summary>Whether it is away.</summary>
    public bool Offline { get; set; }

    /// <summary>Operations that it is behind.</summary>
    public long Lag { get; set; }
}
