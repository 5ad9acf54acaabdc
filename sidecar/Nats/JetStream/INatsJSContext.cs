using NATS.Client.Core;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>
/// The JetStream of one connection: its streams and consumers. Every call throws <see cref="NatsJSApiException"/> when the server refuses,
/// <see cref="NatsNoRespondersException"/> when nobody listens on its API (JetStream is not enabled, or still starting),
/// <see cref="NatsJSApiNoResponseException"/> when it does not answer in time, and <see cref="ArgumentException"/> for names that cannot be.
/// </summary>
public interface INatsJSContext
{
    /// <summary>The connection.</summary>
    INatsConnection Connection { get; }

    /// <summary>The options.</summary>
    NatsJSOpts Opts { get; }

    /// <summary>Makes an ordered consumer (ADR-17): all messages in the stream's order, made anew by the client when one is missing.</summary>
    ValueTask<INatsJSConsumer> CreateOrderedConsumerAsync(string stream, NatsJSOrderedConsumerOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Makes a consumer, or changes the one of that name.</summary>
    ValueTask<INatsJSConsumer> CreateOrUpdateConsumerAsync(string stream, ConsumerConfig config, CancellationToken cancellationToken = default);

    /// <summary>Makes a consumer; refused when one of that name exists with another configuration (server 2.10; 2.9 changes it).</summary>
    ValueTask<INatsJSConsumer> CreateConsumerAsync(string stream, ConsumerConfig config, CancellationToken cancellationToken = default);

    /// <summary>Changes a consumer; refused when there is none (server 2.10; 2.9 makes it).</summary>
    ValueTask<INatsJSConsumer> UpdateConsumerAsync(string stream, ConsumerConfig config, CancellationToken cancellationToken = default);

    /// <summary>A consumer that exists.</summary>
    ValueTask<INatsJSConsumer> GetConsumerAsync(string stream, string consumer, CancellationToken cancellationToken = default);

    /// <summary>All consumers of a stream.</summary>
    IAsyncEnumerable<INatsJSConsumer> ListConsumersAsync(string stream, CancellationToken cancellationToken = default);

    /// <summary>The names of all consumers of a stream.</summary>
    IAsyncEnumerable<string> ListConsumerNamesAsync(string stream, CancellationToken cancellationToken = default);

    /// <summary>Deletes a consumer.</summary>
    ValueTask<bool> DeleteConsumerAsync(string stream, string consumer, CancellationToken cancellationToken = default);

    /// <summary>Pauses a consumer (server 2.11).</summary>
    ValueTask<ConsumerPauseResponse> PauseConsumerAsync(string stream, string consumer, DateTimeOffset pauseUntil, CancellationToken cancellationToken = default);

    /// <summary>Resumes a paused consumer (server 2.11).</summary>
    ValueTask<bool> ResumeConsumerAsync(string stream, string consumer, CancellationToken cancellationToken = default);

    /// <summary>Unpins the client that a priority group is pinned to (ADR-42, server 2.11).</summary>
    ValueTask UnpinConsumerAsync(string stream, string consumer, string group, CancellationToken cancellationToken = default);

    /// <summary>What the account uses and may use.</summary>
    ValueTask<AccountInfoResponse> GetAccountInfoAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Publishes a message and waits for the stream's acknowledgement. A refusal of the stream is in <see cref="PubAckResponse.Error"/>: call
    /// <see cref="NatsJSExtensions.EnsureSuccess"/>.
    /// </summary>
    /// <exception cref="NatsJSPublishNoResponseException">No stream answered.</exception>
    ValueTask<PubAckResponse> PublishAsync<T>(
        string subject,
        T? data,
        INatsSerialize<T>? serializer = default,
        NatsJSPubOpts? opts = default,
        NatsHeaders? headers = default,
        CancellationToken cancellationToken = default);

    /// <summary>As <see cref="PublishAsync{T}"/>, with the exceptions as a result.</summary>
    ValueTask<NatsResult<PubAckResponse>> TryPublishAsync<T>(
        string subject,
        T? data,
        INatsSerialize<T>? serializer = default,
        NatsJSPubOpts? opts = default,
        NatsHeaders? headers = default,
        CancellationToken cancellationToken = default);

    /// <summary>Publishes a message and leaves the acknowledgement for later, so that many can be on their way.</summary>
    ValueTask<NatsJSPublishConcurrentFuture> PublishConcurrentAsync<T>(
        string subject,
        T? data,
        INatsSerialize<T>? serializer = default,
        NatsJSPubOpts? opts = default,
        NatsHeaders? headers = default,
        CancellationToken cancellationToken = default);

    /// <summary>Makes a stream; refused when one of that name exists with another configuration.</summary>
    ValueTask<INatsJSStream> CreateStreamAsync(StreamConfig config, CancellationToken cancellationToken = default);

    /// <summary>Makes a stream, or changes the one of that name.</summary>
    ValueTask<INatsJSStream> CreateOrUpdateStreamAsync(StreamConfig config, CancellationToken cancellationToken = default);

    /// <summary>Deletes a stream with its messages.</summary>
    ValueTask<bool> DeleteStreamAsync(string stream, CancellationToken cancellationToken = default);

    /// <summary>Removes messages.</summary>
    ValueTask<StreamPurgeResponse> PurgeStreamAsync(string stream, StreamPurgeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Removes one message.</summary>
    ValueTask<StreamMsgDeleteResponse> DeleteMessageAsync(string stream, StreamMsgDeleteRequest request, CancellationToken cancellationToken = default);

    /// <summary>A stream that exists.</summary>
    ValueTask<INatsJSStream> GetStreamAsync(string stream, StreamInfoRequest? request = null, CancellationToken cancellationToken = default);

    /// <summary>Changes a stream.</summary>
    ValueTask<NatsJSStream> UpdateStreamAsync(StreamConfig request, CancellationToken cancellationToken = default);

    /// <summary>All streams, or those that would store <paramref name="subject"/>.</summary>
    IAsyncEnumerable<INatsJSStream> ListStreamsAsync(string? subject = default, CancellationToken cancellationToken = default);

    /// <summary>The names of all streams, or of those that would store <paramref name="subject"/>.</summary>
    IAsyncEnumerable<string> ListStreamNamesAsync(string? subject = default, CancellationToken cancellationToken = default);

    /// <summary>A new subject below the connection's inbox prefix.</summary>
    string NewBaseInbox();
}
