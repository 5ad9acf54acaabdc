namespace NATS.Client.JetStream.Models;

/// <summary>
/// Messages that the server found damaged.
/// </summary>
public record LostStreamData
{
    /// <summary>Their sequences.</summary>
    public ICollection<ulong>? Msgs { get; set; }

    /// <summary>Their size in bytes.</summary>
    public ulong Bytes { get; set; }
}
