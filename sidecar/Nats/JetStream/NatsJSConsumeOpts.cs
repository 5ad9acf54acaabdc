namespace NATS.Client.JetStream;

/// <summary>Options of <see cref="INatsJSConsumer.ConsumeAsync{T}"/> (ADR-37).</summary>
public record NatsJSConsumeOpts
{
    /// <summary>Most messages in the buffer and on their way. Default 1,000, or 1,000,000 when <see cref="MaxBytes"/> is set: only one of them may be.</summary>
    public int? MaxMsgs { get; init; }

    /// <summary>How long one pull waits at the server. Default 30 s, at least 1 s.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>Most bytes in the buffer and on their way. Default: no limit.</summary>
    public int? MaxBytes { get; init; }

    /// <summary>How often the server gives a sign of life. Default half of <see cref="Expires"/>, 0.5 s to 30 s.</summary>
    public TimeSpan? IdleHeartbeat { get; init; }

    /// <summary>The next pull is sent when so few messages are left. Default half of <see cref="MaxMsgs"/>, at most all of it.</summary>
    public int? ThresholdMsgs { get; init; }

    /// <summary>The next pull is sent when so few bytes are left. Default half of <see cref="MaxBytes"/>, at most all of it.</summary>
    public int? ThresholdBytes { get; init; }

    /// <summary>
    /// So many "no responders" in a row mean that the consumer is gone: consuming ends with <see cref="NatsJSProtocolException"/>.
    /// -1 never. Default 10, between which pauses grow to 5 s.
    /// </summary>
    public int MaxConsecutive503Errors { get; init; } = 10;

    /// <summary>Is told what the client deals with by itself; awaited before the next message.</summary>
    public Func<INatsJSNotification, CancellationToken, Task>? NotificationHandler { get; init; }
}
