namespace NATS.Client.JetStream.Models;

/// <summary>
/// What to remove from a stream.
/// </summary>
public record StreamPurgeRequest
{
    /// <summary>Only this subject.</summary>
    public string? Filter { get; set; }

    /// <summary>All before this sequence; not with <see cref="Keep"/>.</summary>
    public ulong Seq { get; set; }

    /// <summary>All but the last so many; not with <see cref="Seq"/>.</summary>
    public ulong Keep { get; set; }
}
