namespace NATS.Client.KeyValueStore;

/// <summary>Publishes each change of a bucket again (ADR-28).</summary>
public record NatsKVRepublish
{
    /// <summary>Subject to match, below <c>$KV.{bucket}.</c>; all when left out.</summary>
    public string? Src { get; init; }

    /// <summary>New subject.</summary>
    public string? Dest { get; init; }

    /// <summary>Publishes only headers.</summary>
    public bool HeadersOnly { get; init; }
}
