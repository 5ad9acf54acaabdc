using NATS.Client.Core;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>A stream.</summary>
public class NatsJSStream : INatsJSStream
{
    private readonly NatsJSContext _context;
    private readonly string _name;

    /// <summary>With what the server said about it.</summary>
    public NatsJSStream(NatsJSContext context, StreamInfo info)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(info);
        _context = context;
        Info = info;
        _name = info.Config.Name ?? throw new ArgumentException("The stream has no name", nameof(info));
    }

    /// <inheritdoc/>
    public StreamInfo Info { get; private set; }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(CancellationToken cancellationToken = default) => _context.DeleteStreamAsync(_name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPurgeResponse> PurgeAsync(StreamPurgeRequest request, CancellationToken cancellationToken = default) =>
        _context.PurgeStreamAsync(_name, request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamMsgDeleteResponse> DeleteMessageAsync(StreamMsgDeleteRequest request, CancellationToken cancellationToken = default) =>
        _context.DeleteMessageAsync(_name, request, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask UpdateAsync(StreamConfig request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Info = (await _context.UpdateStreamAsync(request with { Name = _name }, cancellationToken)).Info;
    }

    /// <inheritdoc/>
    public ValueTask<INatsJSConsumer> CreateOrderedConsumerAsync(NatsJSOrderedConsumerOpts? opts = default, CancellationToken cancellationToken = default) =>
        _context.CreateOrderedConsumerAsync(_name, opts, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<INatsJSConsumer> CreateOrUpdateConsumerAsync(ConsumerConfig config, CancellationToken cancellationToken = default) =>
        _context.CreateOrUpdateConsumerAsync(_name, config, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<INatsJSConsumer> GetConsumerAsync(string consumer, CancellationToken cancellationToken = default) =>
        _context.GetConsumerAsync(_name, consumer, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<INatsJSConsumer> ListConsumersAsync(CancellationToken cancellationToken = default) =>
        _context.ListConsumersAsync(_name, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListConsumerNamesAsync(CancellationToken cancellationToken = default) =>
        _context.ListConsumerNamesAsync(_name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteConsumerAsync(string consumer, CancellationToken cancellationToken = default) =>
        _context.DeleteConsumerAsync(_name, consumer, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken = default) =>
        Info = await _context.GetStreamInfoAsync(_name, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<NatsMsg<T>> GetDirectAsync<T>(
        StreamMsgGetRequest request,
        INatsDeserialize<T>? serializer = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _context.GetDirectAsync(_name, request, serializer, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StreamMsgGetResponse> GetAsync(StreamMsgGetRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _context.RequestAsync(
            $"STREAM.MSG.GET.{_name}",
            request,
            JSJsonContext.Default.StreamMsgGetRequest,
            JSJsonContext.Default.StreamMsgGetResponse,
            cancellationToken);
    }
}
