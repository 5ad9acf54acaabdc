using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>Options of an ordered consumer (ADR-17, ADR-37).</summary>
public record NatsJSOrderedConsumerOpts
{
    /// <summary>The whole stream from its first message.</summary>
    public static readonly NatsJSOrderedConsumerOpts Default = new();

    /// <summary>Delivers only these subjects. More than one needs server 2.10; with 2.9 the client filters by itself.</summary>
    public string[] FilterSubjects { get; init; } = [];

    /// <summary>Where in the stream to start.</summary>
    public ConsumerConfigDeliverPolicy DeliverPolicy { get; init; } = ConsumerConfigDeliverPolicy.All;

    /// <summary>First sequence, with <see cref="ConsumerConfigDeliverPolicy.ByStartSequence"/>.</summary>
    public ulong OptStartSeq { get; init; }

    /// <summary>First time, with <see cref="ConsumerConfigDeliverPolicy.ByStartTime"/>.</summary>
    public DateTimeOffset OptStartTime { get; init; }

    /// <summary>How fast stored messages are delivered.</summary>
    public ConsumerConfigReplayPolicy ReplayPolicy { get; init; } = ConsumerConfigReplayPolicy.Instant;

    /// <summary>The server removes a consumer of which nobody pulled for so long. Default 5 minutes.</summary>
    public TimeSpan InactiveThreshold { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Delivers headers without bodies.</summary>
    public bool HeadersOnly { get; init; }

    /// <summary>How often in a row the consumer may be made anew without success; -1 for no limit.</summary>
    public int MaxResetAttempts { get; init; } = -1;
}
