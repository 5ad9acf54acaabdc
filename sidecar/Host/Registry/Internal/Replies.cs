using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Takes requests in: what asks for its reply at a subject that is no inbox counts as published without one
/// (<see cref="ReplySubject"/>). Every request passes here before anything is done with it, so that no answer, not even a
/// refusal, can be sent elsewhere.
/// </summary>
internal sealed partial class Replies(RegistryMetrics metrics, TimeProvider time, ILogger<Replies> log)
{
    private readonly LogPause _pause = new(time);

    /// <summary>The message, without a reply subject that must not be answered.</summary>
    public NatsMsg<byte[]> Checked(NatsMsg<byte[]> message) =>
        message.ReplyTo is null || MayAnswer(message.Subject, message.ReplyTo) ? message : message with { ReplyTo = null };

    /// <summary>Whether a request on this subject may be answered there; counted and logged where not.</summary>
    public bool MayAnswer(string subject, string reply)
    {
        if (ReplySubject.MayBeAnswered(reply))
        {
            return true;
        }

        metrics.ReplyRefused();
        if (_pause.TryPass())
        {
            LogRefused(subject, reply, metrics.RepliesRefused);
        }

        return false;
    }

    [LoggerMessage(3011, LogLevel.Warning,
        "A request on {Subject} is not answered: its reply subject {Reply} is no inbox (_INBOX.…). "
        + "There were {Count} such requests since the start (logged once a minute at most)")]
    private partial void LogRefused(string subject, string reply, long count);
}
