namespace NATS.Client.JetStream;

/// <summary>Options of <see cref="INatsJSConsumer.NextAsync{T}"/> (ADR-37).</summary>
public record NatsJSNextOpts
{
    /// <summary>How long to wait. Default 30 s, at least 1 s.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>How often the server gives a sign of life. Default half of <see cref="Expires"/> when that is 10 s or more.</summary>
    public TimeSpan? IdleHeartbeat { get; init; }

    /// <summary>Is told what the client deals with by itself.</summary>
    public Func<INatsJSNotification, CancellationToken, Task>? NotificationHandler { get; init; }
}
