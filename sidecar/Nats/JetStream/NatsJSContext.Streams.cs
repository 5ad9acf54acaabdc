using System.Runtime.CompilerServices;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>Streams.</summary>
public partial class NatsJSContext
{
    private const int StreamNotFound = 10059;

    /// <inheritdoc/>
    public async ValueTask<INatsJSStream> CreateStreamAsync(StreamConfig config, CancellationToken cancellationToken = default) =>
        new NatsJSStream(this, await SendConfigAsync("STREAM.CREATE", config, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<INatsJSStream> CreateOrUpdateStreamAsync(StreamConfig config, CancellationToken cancellationToken = default)
    {
        try
        {
            return new NatsJSStream(this, await SendConfigAsync("STREAM.UPDATE", config, cancellationToken));
        }
        catch (NatsJSApiException e) when (e.Error.ErrCode == StreamNotFound || (e.Error.Code == 404 && e.Error.ErrCode == 0))
        {
            return await CreateStreamAsync(config, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<NatsJSStream> UpdateStreamAsync(StreamConfig request, CancellationToken cancellationToken = default) =>
        new(this, await SendConfigAsync("STREAM.UPDATE", request, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteStreamAsync(string stream, CancellationToken cancellationToken = default)
    {
        JSNames.CheckStream(stream, nameof(stream));
        var response = await RequestAsync(
            $"STREAM.DELETE.{stream}",
            null,
            JSJsonContext.Default.EmptyRequest,
            JSJsonContext.Default.SuccessResponse,
            cancellationToken);
        return response.Success;
    }

    /// <inheritdoc/>
    public ValueTask<StreamPurgeResponse> PurgeStreamAsync(string stream, StreamPurgeRequest request, CancellationToken cancellationToken = default)
    {
        JSNames.CheckStream(stream, nameof(stream));
        ArgumentNullException.ThrowIfNull(request);
        return RequestAsync(
            $"STREAM.PURGE.{stream}",
            request,
            JSJsonContext.Default.StreamPurgeRequest,
            JSJsonContext.Default.StreamPurgeResponse,
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StreamMsgDeleteResponse> DeleteMessageAsync(string stream, StreamMsgDeleteRequest request, CancellationToken cancellationToken = default)
    {
        JSNames.CheckStream(stream, nameof(stream));
        ArgumentNullException.ThrowIfNull(request);
        return RequestAsync(
            $"STREAM.MSG.DELETE.{stream}",
            request,
            JSJsonContext.Default.StreamMsgDeleteRequest,
            JSJsonContext.Default.StreamMsgDeleteResponse,
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<INatsJSStream> GetStreamAsync(string stream, StreamInfoRequest? request = null, CancellationToken cancellationToken = default) =>
        new NatsJSStream(this, await GetStreamInfoAsync(stream, request, cancellationToken));

    /// <inheritdoc/>
    public async IAsyncEnumerable<INatsJSStream> ListStreamsAsync(
        string? subject = default,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var pages = PagesAsync(
            "STREAM.LIST",
            subject,
            JSJsonContext.Default.StreamListResponse,
            static page => (page.Total, page.Streams),
            cancellationToken);
        await foreach (var info in pages)
        {
            yield return new NatsJSStream(this, info);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListStreamNamesAsync(string? subject = default, CancellationToken cancellationToken = default) =>
        PagesAsync(
            "STREAM.NAMES",
            subject,
            JSJsonContext.Default.StreamNamesResponse,
            static page => (page.Total, page.Streams),
            cancellationToken);

    internal ValueTask<StreamInfo> GetStreamInfoAsync(string stream, StreamInfoRequest? request, CancellationToken cancellationToken)
    {
        JSNames.CheckStream(stream, nameof(stream));
        return RequestAsync(
            $"STREAM.INFO.{stream}",
            request,
            JSJsonContext.Default.StreamInfoRequest,
            JSJsonContext.Default.StreamInfo,
            cancellationToken);
    }

    private async ValueTask<StreamInfo> SendConfigAsync(string api, StreamConfig config, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        JSNames.CheckStream(config.Name, nameof(config));
        var sent = WithExternals(config);
        var result = await TryRequestAsync(
            $"{api}.{config.Name}",
            sent,
            JSJsonContext.Default.StreamConfig,
            JSJsonContext.Default.StreamInfo,
            keepConfig: true,
            cancellationToken);
        var info = Unwrap(result);
        ConfigEcho.Warn(_logger, "stream", sent.Name!, sent, JSJsonContext.Default.StreamConfig, result.Config);
        return info;
    }

    /// <summary>The API knows no domain of a source, only the prefix under which it is reached.</summary>
    private static StreamConfig WithExternals(StreamConfig config) => config with
    {
        Mirror = config.Mirror is { } mirror ? WithExternal(mirror) : null,
        Sources = config.Sources is { } sources ? [.. sources.Select(WithExternal)] : null,
    };

    private static StreamSource WithExternal(StreamSource source)
    {
        if (string.IsNullOrEmpty(source.Domain))
        {
            return source;
        }

        return source.External is null
            ? source with { External = new ExternalStreamSource { Api = $"$JS.{source.Domain}.API" } }
            : throw new ArgumentException($"The source {source.Name} has both a domain and an external prefix", nameof(source));
    }
}
