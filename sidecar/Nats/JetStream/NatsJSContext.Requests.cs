using System.Text.Json.Serialization.Metadata;
using NATS.Client.Core;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>Requests of the JetStream API (ADR-1).</summary>
public partial class NatsJSContext
{
    private readonly string _prefix;

    internal async ValueTask<TResponse> RequestAsync<TRequest, TResponse>(
        string api,
        TRequest? request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TResponse> responseType,
        CancellationToken cancellationToken)
        where TRequest : class
        where TResponse : class =>
        Unwrap(await TryRequestAsync(api, request, requestType, responseType, keepConfig: false, cancellationToken));

    /// <summary>As above, with the server's error as a value: for callers to whom an error is an answer.</summary>
    internal async ValueTask<ApiResult<TResponse>> TryRequestAsync<TRequest, TResponse>(
        string api,
        TRequest? request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TResponse> responseType,
        bool keepConfig,
        CancellationToken cancellationToken)
        where TRequest : class
        where TResponse : class
    {
        try
        {
            var reply = await Connection.RequestAsync<TRequest, ApiResult<TResponse>>(
                ApiSubject(api),
                request,
                requestSerializer: new JsonRequestSerializer<TRequest>(requestType),
                replySerializer: new ApiResponseDeserializer<TResponse>(responseType, keepConfig),
                replyOpts: new NatsSubOpts { Timeout = Opts.RequestTimeout },
                cancellationToken: cancellationToken);
            reply.EnsureSuccess();
            return reply.Data.Value is null && reply.Data.Error is null && reply.Data.Malformed is null
                ? new ApiResult<TResponse>(null, null, new FormatException("the answer is empty"))
                : reply.Data;
        }
        catch (NatsNoReplyException)
        {
            throw new NatsJSApiNoResponseException();
        }
    }

    internal static T Unwrap<T>(in ApiResult<T> result)
        where T : class
    {
        if (result.Error is { } error)
        {
            throw new NatsJSApiException(error);
        }

        return result.Value ?? throw new NatsJSException("The server's answer cannot be read", result.Malformed ?? new FormatException("it is empty"));
    }

    internal string ApiSubject(string api) => string.Concat(_prefix, ".", api);

    /// <summary>Pages through a list: the API gives at most so many entries at a time and their total.</summary>
    private async IAsyncEnumerable<TItem> PagesAsync<TPage, TItem>(
        string api,
        string? subject,
        JsonTypeInfo<TPage> pageType,
        Func<TPage, (int Total, ICollection<TItem>? Items)> read,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        where TPage : class
    {
        var offset = 0;
        while (true)
        {
            var page = await RequestAsync(api, new PageRequest(offset, subject), JSJsonContext.Default.PageRequest, pageType, cancellationToken);
            var (total, items) = read(page);
            if (items is null or { Count: 0 })
            {
                yield break;
            }

            foreach (var item in items)
            {
                yield return item;
            }

            offset += items.Count;
            if (offset >= total)
            {
                yield break;
            }
        }
    }
}
