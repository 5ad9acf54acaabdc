namespace NATS.Client.JetStream;

/// <summary>What the reply subject of a delivered message says about it (ADR-15).</summary>
/// <param name="Sequence">Its place in the stream and in the consumer.</param>
/// <param name="NumDelivered">How often it was delivered, this time included.</param>
/// <param name="NumPending">Messages of the consumer that are still to come.</param>
/// <param name="Timestamp">When it was stored, to 100 ns.</param>
/// <param name="Stream">The stream.</param>
/// <param name="Consumer">The consumer.</param>
/// <param name="Domain">The JetStream domain, empty when there is none.</param>
public readonly record struct NatsJSMsgMetadata(
    NatsJSSequencePair Sequence,
    ulong NumDelivered,
    ulong NumPending,
    DateTimeOffset Timestamp,
    string Stream,
    string Consumer,
    string Domain);
