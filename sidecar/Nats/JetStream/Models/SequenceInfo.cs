namespace NATS.Client.JetStream.Models;

/// <summary>
/// A message's place in the consumer and in the stream.
/// </summary>
public record SequenceInfo
{
    /// <summary>Sequence in the consumer.</summary>
    public ulong ConsumerSeq { get; set; }

    /// <summary>Sequence in the stream.</summary>
    public ulong StreamSeq { get; set; }

    /// <summary>When it was last reached.</summary>
    public DateTimeOffset? LastActive { get; set; }
}
