namespace NATS.Client.JetStream;

/// <summary>Options of <see cref="INatsJSConsumer.FetchAsync{T}"/> (ADR-37).</summary>
public record NatsJSFetchOpts
{
    /// <summary>Most messages. Default 1,000, or 1,000,000 when <see cref="MaxBytes"/> is set: only one of them may be.</summary>
    public int? MaxMsgs { get; init; }

    /// <summary>How long to wait for them. Default 30 s, at least 1 s.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>Most bytes. Default: no limit.</summary>
    public int? MaxBytes { get; init; }

    /// <summary>How often the server gives a sign of life. Default half of <see cref="Expires"/> when that is 10 s or more.</summary>
    public TimeSpan? IdleHeartbeat { get; init; }

    /// <summary>Is told what the client deals with by itself; awaited before the next message.</summary>
    public Func<INatsJSNotification, CancellationToken, Task>? NotificationHandler { get; init; }
}
