namespace NATS.Client.Core;

/// <summary>Options of one subscription. What ends it is told by <see cref="NatsSubBase.EndReason"/>.</summary>
public record NatsSubOpts
{
    /// <summary>Unsubscribe after so many messages; carried over reconnects.</summary>
    public int? MaxMsgs { get; init; }

    /// <summary>Unsubscribe after this time, whatever happens.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Unsubscribe if the first message does not come within this time.</summary>
    public TimeSpan? StartUpTimeout { get; init; }

    /// <summary>Unsubscribe if no message comes for this time (counted from the first message when <see cref="StartUpTimeout"/> is set).</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>An empty message ends the subscription and is not delivered: the sentinel of request-many. Default: true there, else false.</summary>
    public bool? StopOnEmptyMsg { get; init; }

    /// <summary>The server's no-responders answer ends the subscription with <see cref="NatsNoRespondersException"/>. Default: true for requests, false for subscriptions.</summary>
    public bool? ThrowIfNoResponders { get; init; }

    public NatsSubChannelOpts? ChannelOpts { get; init; }
}
