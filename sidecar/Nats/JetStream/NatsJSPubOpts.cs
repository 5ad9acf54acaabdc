using NATS.Client.Core;

namespace NATS.Client.JetStream;

/// <summary>Options of a publish to a stream (ADR-22); what is set becomes a header that the stream checks.</summary>
public record NatsJSPubOpts : NatsPubOpts
{
    /// <summary>Without any condition.</summary>
    public static readonly NatsJSPubOpts Default = new();

    /// <summary>Id by which the stream knows a message that it stored before.</summary>
    public string? MsgId { get; init; }

    /// <summary>Refused when another stream gets the message.</summary>
    public string? ExpectedStream { get; init; }

    /// <summary>Refused when the stream's last message has another sequence.</summary>
    public ulong? ExpectedLastSequence { get; init; }

    /// <summary>Refused when the subject's last message has another sequence; 0 for "none".</summary>
    public ulong? ExpectedLastSubjectSequence { get; init; }

    /// <summary>The subject of <see cref="ExpectedLastSubjectSequence"/> when it is not the message's own, wildcards allowed (server 2.12).</summary>
    public string? ExpectedLastSubjectSequenceSubject { get; init; }

    /// <summary>Refused when the stream's last message has another id.</summary>
    public string? ExpectedLastMsgId { get; init; }

    /// <summary>How often the publish is tried while nobody answers ("no responders"). Default 1: once; -1: until the token of the call ends it.</summary>
    public int RetryAttempts { get; init; } = 1;

    /// <summary>Pause between two tries. Default 250 ms.</summary>
    public TimeSpan RetryWaitBetweenAttempts { get; init; } = TimeSpan.FromMilliseconds(250);
}
