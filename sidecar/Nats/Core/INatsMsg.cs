namespace NATS.Client.Core;

/// <summary>A message as seen by its receiver; <see cref="NatsMsg{T}"/> implements it.</summary>
public interface INatsMsg<T>
{
    string Subject { get; init; }

    string? ReplyTo { get; init; }

    /// <summary>Bytes of subject, reply subject, headers and payload.</summary>
    int Size { get; init; }

    NatsHeaders? Headers { get; init; }

    T? Data { get; init; }

    INatsConnection? Connection { get; init; }

    /// <summary>What went wrong when the payload or the headers were read, if anything did.</summary>
    NatsException? Error { get; }

    /// <summary>Throws <see cref="Error"/>, or <see cref="NatsNoRespondersException"/>.</summary>
    void EnsureSuccess();

    ValueTask ReplyAsync(NatsHeaders? headers = default, string? replyTo = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default);

    ValueTask ReplyAsync<TReply>(TReply data, NatsHeaders? headers = default, string? replyTo = default, INatsSerialize<TReply>? serializer = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default);

    ValueTask ReplyAsync<TReply>(NatsMsg<TReply> msg, INatsSerialize<TReply>? serializer = default, NatsPubOpts? opts = default, CancellationToken cancellationToken = default);
}
