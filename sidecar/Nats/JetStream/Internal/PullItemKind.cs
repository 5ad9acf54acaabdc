namespace NATS.Client.JetStream.Internal;

/// <summary>What lies in the buffer of a pull.</summary>
internal enum PullItemKind
{
    /// <summary>A message of the stream.</summary>
    Message,

    /// <summary>A status message of the server.</summary>
    Status,

    /// <summary>The timer ticked.</summary>
    Tick,

    /// <summary>The server has nothing more for a fetch that does not wait.</summary>
    NothingLeft,

    /// <summary>The connection was opened again: pulls sent before are lost.</summary>
    Reconnected,

    /// <summary>The consuming side is to stop.</summary>
    Stop,
}
