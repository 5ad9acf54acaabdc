using NATS.Client.Core;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>Direct get (ADR-31).</summary>
public partial class NatsJSContext
{
    private NatsSubOpts? _directReplyOpts;

    internal ValueTask<NatsMsg<T>> GetDirectAsync<T>(
        string stream,
        StreamMsgGetRequest request,
        INatsDeserialize<T>? serializer,
        CancellationToken cancellationToken) =>
        SendDirectAsync(
            ApiSubject($"DIRECT.GET.{stream}"),
            request,
            new JsonRequestSerializer<StreamMsgGetRequest>(JSJsonContext.Default.StreamMsgGetRequest),
            serializer,
            cancellationToken);

    /// <summary>The last message of a subject, asked for as every server with direct get understands it.</summary>
    internal ValueTask<NatsMsg<T>> GetLastDirectAsync<T>(
        string apiSubject,
        string subject,
        INatsDeserialize<T>? serializer,
        CancellationToken cancellationToken) =>
        SendDirectAsync(apiSubject, subject, LastBySubjectSerializer.Default, serializer, cancellationToken);

    /// <summary>The form whose request is empty and whose subject says all, so that permissions can restrict it and nothing is serialised.</summary>
    internal ValueTask<NatsMsg<T>> GetLastDirectAsync<T>(
        string subject,
        INatsDeserialize<T>? serializer,
        CancellationToken cancellationToken) =>
        SendDirectAsync<ReadOnlyMemory<byte>, T>(subject, default, RawSerializer.Default, serializer, cancellationToken);

    private ValueTask<NatsMsg<T>> SendDirectAsync<TRequest, T>(
        string subject,
        TRequest request,
        INatsSerialize<TRequest> requestSerializer,
        INatsDeserialize<T>? serializer,
        CancellationToken cancellationToken) => Connection.RequestAsync<TRequest, T>(
            subject,
            request,
            requestSerializer: requestSerializer,
            replySerializer: serializer,
            replyOpts: _directReplyOpts ??= new NatsSubOpts { Timeout = Opts.RequestTimeout, ThrowIfNoResponders = true },
            cancellationToken: cancellationToken);
}
