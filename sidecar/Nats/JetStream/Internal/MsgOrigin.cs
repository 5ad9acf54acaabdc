namespace NATS.Client.JetStream.Internal;

/// <summary>
/// Where messages of one consumer come from: shared by all of them, so that their metadata can name stream and consumer without
/// making a string each time.
/// </summary>
internal sealed class MsgOrigin(NatsJSOpts opts, string? stream = null, string? consumer = null, bool isAcknowledged = true)
{
    internal NatsJSOpts Opts { get; } = opts;

    /// <summary>False for a consumer without acknowledgements.</summary>
    internal bool IsAcknowledged { get; } = isAcknowledged;

    internal NatsJSMsgMetadata? ReadMetadata(string? replyTo)
    {
        if (replyTo is null || !AckSubject.TryParse(replyTo, out var ack))
        {
            return null;
        }

        return new NatsJSMsgMetadata(
            new NatsJSSequencePair(ack.StreamSequence, ack.ConsumerSequence),
            ack.Delivered,
            ack.Pending,
            ack.Timestamp,
            Known(ack.Stream, stream),
            Known(ack.Consumer, consumer),
            ack.Domain.IsEmpty ? string.Empty : Known(ack.Domain, Opts.Domain));
    }

    private static string Known(ReadOnlySpan<char> name, string? known) =>
        known is not null && name.SequenceEqual(known) ? known : name.ToString();
}
