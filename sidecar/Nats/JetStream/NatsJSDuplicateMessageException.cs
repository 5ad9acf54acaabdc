namespace NATS.Client.JetStream;

/// <summary>A message with this id had been stored before.</summary>
public class NatsJSDuplicateMessageException : NatsJSException
{
    /// <summary>With the sequence of the message that was stored.</summary>
    public NatsJSDuplicateMessageException(ulong sequence)
        : base($"Duplicate of {sequence}")
    {
        Sequence = sequence;
    }

    /// <summary>The sequence of the message that was stored.</summary>
    public ulong Sequence { get; }
}
