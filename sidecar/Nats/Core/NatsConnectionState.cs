namespace NATS.Client.Core;

/// <summary>Where a <see cref="NatsConnection"/> stands.</summary>
public enum NatsConnectionState
{
    /// <summary>Not connected yet, or disposed.</summary>
    Closed,

    /// <summary>Connected: commands flow.</summary>
    Open,

    /// <summary>The first connect is under way.</summary>
    Connecting,

    /// <summary>The connection was lost; the pool of servers is being tried.</summary>
    Reconnecting,

    /// <summary>Given up for good (same authentication error twice, or no retries left); every command throws.</summary>
    Failed,
}
