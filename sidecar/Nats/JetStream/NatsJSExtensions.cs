using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>What reads better as a method of the answer.</summary>
public static class NatsJSExtensions
{
    /// <summary>Throws when the message was not stored.</summary>
    /// <exception cref="NatsJSApiException">The stream refused it.</exception>
    /// <exception cref="NatsJSDuplicateMessageException">It had been stored before.</exception>
    public static void EnsureSuccess(this PubAckResponse ack)
    {
        ArgumentNullException.ThrowIfNull(ack);
        if (ack.Error is { } error)
        {
            throw new NatsJSApiException(error);
        }

        if (ack.Duplicate)
        {
            throw new NatsJSDuplicateMessageException(ack.Seq);
        }
    }

    /// <summary>Whether the message was stored, and not a duplicate.</summary>
    public static bool IsSuccess(this PubAckResponse ack)
    {
        ArgumentNullException.ThrowIfNull(ack);
        return ack.Error is null && !ack.Duplicate;
    }
}
