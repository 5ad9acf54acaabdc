namespace HaNatsBridge.Nats.Bench;

/// <summary>How long single operations took: the half of them, and all but one in a hundred.</summary>
public sealed record Latency(TimeSpan P50, TimeSpan P99);
