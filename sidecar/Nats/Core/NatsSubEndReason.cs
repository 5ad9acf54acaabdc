namespace NATS.Client.Core;

/// <summary>Why a subscription ended.</summary>
public enum NatsSubEndReason
{
    None,
    NoMsgs,
    MaxMsgs,
    MaxBytes,
    Timeout,
    IdleTimeout,
    EmptyMsg,
    IdleHeartbeatTimeout,
    StartUpTimeout,
    Cancelled,
    Exception,
    JetStreamError,

    /// <summary>Kept for the official surface; not used here.</summary>
    RequestsPending,
}
