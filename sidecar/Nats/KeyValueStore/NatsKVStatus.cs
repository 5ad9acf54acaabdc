using NATS.Client.JetStream.Models;

namespace NATS.Client.KeyValueStore;

/// <summary>State of a bucket.</summary>
/// <param name="Bucket">Its name.</param>
/// <param name="IsCompressed">Whether its files are compressed.</param>
/// <param name="LimitMarkerTTL">How long markers are kept; zero when keys have no age limits of their own.</param>
/// <param name="Info">Its stream.</param>
public record NatsKVStatus(string Bucket, bool IsCompressed, TimeSpan LimitMarkerTTL, StreamInfo Info);
