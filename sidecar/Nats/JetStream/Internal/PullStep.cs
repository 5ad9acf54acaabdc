namespace NATS.Client.JetStream.Internal;

/// <summary>What the consuming side has to do next.</summary>
internal enum PullStep
{
    /// <summary>Give the message out.</summary>
    Message,

    /// <summary>Send a pull.</summary>
    Pull,

    /// <summary>Tell the notification handler.</summary>
    Notify,

    /// <summary>Wait for the buffer.</summary>
    Wait,

    /// <summary>Stop: all is delivered.</summary>
    End,

    /// <summary>An ordered consumer has to be made anew.</summary>
    Lost,

    /// <summary>Stop with the error.</summary>
    Failed,
}
