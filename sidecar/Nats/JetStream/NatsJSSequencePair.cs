namespace NATS.Client.JetStream;

/// <summary>A message's place.</summary>
/// <param name="Stream">Sequence in the stream.</param>
/// <param name="Consumer">Sequence in the consumer.</param>
public readonly record struct NatsJSSequencePair(ulong Stream, ulong Consumer);
