using System.Runtime.CompilerServices;
using NATS.Client.Core;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>Consumers.</summary>
public partial class NatsJSContext
{
    /// <inheritdoc/>
    public ValueTask<INatsJSConsumer> CreateOrderedConsumerAsync(
        string stream,
        NatsJSOrderedConsumerOpts? opts = default,
        CancellationToken cancellationToken = default)
    {
        JSNames.CheckStream(stream, nameof(stream));
        return ValueTask.FromResult<INatsJSConsumer>(
            new NatsJSOrderedConsumer(stream, this, opts ?? NatsJSOrderedConsumerOpts.Default, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<INatsJSConsumer> CreateOrUpdateConsumerAsync(string stream, ConsumerConfig config, CancellationToken cancellationToken = default) =>
        SendConsumerAsync(stream, config, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<INatsJSConsumer> CreateConsumerAsync(string stream, ConsumerConfig config, CancellationToken cancellationToken = default) =>
        SendConsumerAsync(stream, config, ConsumerCreateAction.Create, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<INatsJSConsumer> UpdateConsumerAsync(string stream, ConsumerConfig config, CancellationToken cancellationToken = default) =>
        SendConsumerAsync(stream, config, ConsumerCreateAction.Update, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<INatsJSConsumer> GetConsumerAsync(string stream, string consumer, CancellationToken cancellationToken = default) =>
        new NatsJSConsumer(this, await GetConsumerInfoAsync(stream, consumer, cancellationToken));

    /// <inheritdoc/>
    public async IAsyncEnumerable<INatsJSConsumer> ListConsumersAsync(
        string stream,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        JSNames.CheckStream(stream, nameof(stream));
        var pages = PagesAsync(
            $"CONSUMER.LIST.{stream}",
            null,
            JSJsonContext.Default.ConsumerListResponse,
            static page => (page.Total, page.Consumers),
            cancellationToken);
        await foreach (var info in pages)
        {
            yield return new NatsJSConsumer(this, info);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListConsumerNamesAsync(string stream, CancellationToken cancellationToken = default)
    {
        JSNames.CheckStream(stream, nameof(stream));
        return PagesAsync(
            $"CONSUMER.NAMES.{stream}",
            null,
            JSJsonContext.Default.ConsumerNamesResponse,
            static page => (page.Total, page.Consumers),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteConsumerAsync(string stream, string consumer, CancellationToken cancellationToken = default)
    {
        JSNames.CheckStream(stream, nameof(stream));
        JSNames.CheckConsumer(consumer, nameof(consumer));
        var response = await RequestAsync(
            $"CONSUMER.DELETE.{stream}.{consumer}",
            null,
            JSJsonContext.Default.EmptyRequest,
            JSJsonContext.Default.SuccessResponse,
            cancellationToken);
        return response.Success;
    }

    /// <inheritdoc/>
    public ValueTask<ConsumerPauseResponse> PauseConsumerAsync(
        string stream,
        string consumer,
        DateTimeOffset pauseUntil,
        CancellationToken cancellationToken = default) =>
        SendPauseAsync(stream, consumer, new ConsumerPauseRequest(pauseUntil), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> ResumeConsumerAsync(string stream, string consumer, CancellationToken cancellationToken = default) =>
        !(await SendPauseAsync(stream, consumer, null, cancellationToken)).IsPaused;

    /// <inheritdoc/>
    public async ValueTask UnpinConsumerAsync(string stream, string consumer, string group, CancellationToken cancellationToken = default)
    {
        JSNames.CheckStream(stream, nameof(stream));
        JSNames.CheckConsumer(consumer, nameof(consumer));
        ArgumentException.ThrowIfNullOrEmpty(group);
        await RequestAsync(
            $"CONSUMER.UNPIN.{stream}.{consumer}",
            new ConsumerUnpinRequest(group),
            JSJsonContext.Default.ConsumerUnpinRequest,
            JSJsonContext.Default.SuccessResponse,
            cancellationToken);
    }

    internal ValueTask<ConsumerInfo> GetConsumerInfoAsync(string stream, string consumer, CancellationToken cancellationToken)
    {
        JSNames.CheckStream(stream, nameof(stream));
        JSNames.CheckConsumer(consumer, nameof(consumer));
        return RequestAsync(
            $"CONSUMER.INFO.{stream}.{consumer}",
            null,
            JSJsonContext.Default.EmptyRequest,
            JSJsonContext.Default.ConsumerInfo,
            cancellationToken);
    }

    /// <summary>Creates or updates; the configuration must have a name, so that a repeated request makes no second consumer (ADR-42).</summary>
    internal async ValueTask<ConsumerInfo> CreateConsumerInfoAsync(
        string stream,
        ConsumerConfig config,
        ConsumerCreateAction? action,
        bool warn,
        CancellationToken cancellationToken)
    {
        var result = await TryRequestAsync(
            ConsumerCreateApi(stream, config),
            new ConsumerCreateRequest(stream, config, action),
            JSJsonContext.Default.ConsumerCreateRequest,
            JSJsonContext.Default.ConsumerInfo,
            keepConfig: warn,
            cancellationToken);
        var info = Unwrap(result);
        ConfigEcho.Warn(_logger, "consumer", config.Name!, config, JSJsonContext.Default.ConsumerConfig, result.Config);
        return info;
    }

    private async ValueTask<INatsJSConsumer> SendConsumerAsync(
        string stream,
        ConsumerConfig config,
        ConsumerCreateAction? action,
        CancellationToken cancellationToken)
    {
        JSNames.CheckStream(stream, nameof(stream));
        ArgumentNullException.ThrowIfNull(config);
        var named = config with { Name = config.Name ?? config.DurableName ?? Nuid.NewNuid() };
        JSNames.CheckConsumer(named.Name, nameof(config));
        if (named.FilterSubject is not null && named.FilterSubjects is { Count: > 0 })
        {
            throw new ArgumentException("A consumer has either FilterSubject or FilterSubjects", nameof(config));
        }

        return new NatsJSConsumer(this, await CreateConsumerInfoAsync(stream, named, action, warn: true, cancellationToken));
    }

    private ValueTask<ConsumerPauseResponse> SendPauseAsync(
        string stream,
        string consumer,
        ConsumerPauseRequest? request,
        CancellationToken cancellationToken)
    {
        JSNames.CheckStream(stream, nameof(stream));
        JSNames.CheckConsumer(consumer, nameof(consumer));
        return RequestAsync(
            $"CONSUMER.PAUSE.{stream}.{consumer}",
            request,
            JSJsonContext.Default.ConsumerPauseRequest,
            JSJsonContext.Default.ConsumerPauseResponse,
            cancellationToken);
    }

    /// <summary>
    /// A single filter without wildcards is part of the subject, so that permissions can restrict it (server 2.9). One with wildcards would
    /// be a publish to a wildcard, which is not a valid subject.
    /// </summary>
    private static string ConsumerCreateApi(string stream, ConsumerConfig config)
    {
        var filter = config.FilterSubject;
        return string.IsNullOrEmpty(filter) || filter.AsSpan().IndexOfAny('*', '>') >= 0
            ? $"CONSUMER.CREATE.{stream}.{config.Name}"
            : $"CONSUMER.CREATE.{stream}.{config.Name}.{filter}";
    }
}
