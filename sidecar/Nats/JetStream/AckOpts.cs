namespace NATS.Client.JetStream;

/// <summary>How an acknowledgement is sent.</summary>
public readonly record struct AckOpts
{
    /// <summary>Waits until the server confirms it (ADR-13: the second acknowledgement); else it is only sent.</summary>
    public bool? DoubleAck { get; init; }
}
