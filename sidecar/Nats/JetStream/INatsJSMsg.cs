using NATS.Client.Core;

namespace NATS.Client.JetStream;

/// <summary>A message that a consumer delivered.</summary>
/// <remarks>
/// After AckAsync, NakAsync or AckTerminateAsync was sent, nothing more is sent about this delivery, nor at all about a message of a consumer without acknowledgements: such calls do nothing (ADR-15).
/// </remarks>
/// <typeparam name="T">Type of the payload.</typeparam>
public interface INatsJSMsg<out T>
{
    /// <summary>The subject under which it is stored.</summary>
    string Subject { get; }

    /// <summary>Its size in bytes: subject, reply, headers and payload.</summary>
    int Size { get; }

    /// <summary>Its headers.</summary>
    NatsHeaders? Headers { get; }

    /// <summary>Its payload.</summary>
    T? Data { get; }

    /// <summary>The connection that it came by.</summary>
    INatsConnection? Connection { get; }

    /// <summary>Its place in the stream and more; read from the reply subject on each access, without allocating.</summary>
    NatsJSMsgMetadata? Metadata { get; }

    /// <summary>The subject to which acknowledgements go.</summary>
    string? ReplyTo { get; }

    /// <summary>Why the payload could not be read.</summary>
    NatsException? Error { get; }

    /// <summary>Throws <see cref="Error"/>.</summary>
    void EnsureSuccess();

    /// <summary>Says that the message is done.</summary>
    ValueTask AckAsync(AckOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Asks for redelivery, at once or after <paramref name="delay"/>.</summary>
    ValueTask NakAsync(AckOpts? opts = default, TimeSpan delay = default, CancellationToken cancellationToken = default);

    /// <summary>Says that work goes on: the time for the acknowledgement starts anew.</summary>
    ValueTask AckProgressAsync(AckOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Says that the message is never to be delivered again, although it was not done.</summary>
    ValueTask AckTerminateAsync(AckOpts? opts = default, CancellationToken cancellationToken = default);
}
