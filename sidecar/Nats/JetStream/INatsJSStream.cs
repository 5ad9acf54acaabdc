using NATS.Client.Core;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>A stream.</summary>
public interface INatsJSStream
{
    /// <summary>The stream as the server described it when this object was made, updated or last refreshed.</summary>
    StreamInfo Info { get; }

    /// <summary>Deletes the stream; this object is of no use afterwards.</summary>
    ValueTask<bool> DeleteAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes messages.</summary>
    ValueTask<StreamPurgeResponse> PurgeAsync(StreamPurgeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Removes one message.</summary>
    ValueTask<StreamMsgDeleteResponse> DeleteMessageAsync(StreamMsgDeleteRequest request, CancellationToken cancellationToken = default);

    /// <summary>Changes the configuration.</summary>
    ValueTask UpdateAsync(StreamConfig request, CancellationToken cancellationToken = default);

    /// <summary>Makes an ordered consumer (ADR-17).</summary>
    ValueTask<INatsJSConsumer> CreateOrderedConsumerAsync(NatsJSOrderedConsumerOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Makes a consumer, or changes the one of that name.</summary>
    ValueTask<INatsJSConsumer> CreateOrUpdateConsumerAsync(ConsumerConfig config, CancellationToken cancellationToken = default);

    /// <summary>A consumer that exists.</summary>
    ValueTask<INatsJSConsumer> GetConsumerAsync(string consumer, CancellationToken cancellationToken = default);

    /// <summary>All consumers.</summary>
    IAsyncEnumerable<INatsJSConsumer> ListConsumersAsync(CancellationToken cancellationToken = default);

    /// <summary>The names of all consumers.</summary>
    IAsyncEnumerable<string> ListConsumerNamesAsync(CancellationToken cancellationToken = default);

    /// <summary>Deletes a consumer.</summary>
    ValueTask<bool> DeleteConsumerAsync(string consumer, CancellationToken cancellationToken = default);

    /// <summary>Asks the server for <see cref="Info"/> anew.</summary>
    ValueTask RefreshAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads one message from the nearest replica (ADR-31), which in a cluster may be behind; the stream must allow it. Its sequence, subject and
    /// time are the headers <c>Nats-Sequence</c>, <c>Nats-Subject</c> and <c>Nats-Time-Stamp</c>; when there is no such message,
    /// <see cref="NatsHeaders.Code"/> is 404, and 408 when the request is wrong.
    /// </summary>
    /// <exception cref="NatsNoReplyException">The stream does not allow it, or is not there; <see cref="NatsNoRespondersException"/> where nobody listens for any.</exception>
    ValueTask<NatsMsg<T>> GetDirectAsync<T>(StreamMsgGetRequest request, INatsDeserialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>Reads one message from the stream's leader.</summary>
    /// <exception cref="NatsJSApiException">There is no such message (code 404).</exception>
    ValueTask<StreamMsgGetResponse> GetAsync(StreamMsgGetRequest request, CancellationToken cancellationToken = default);
}
