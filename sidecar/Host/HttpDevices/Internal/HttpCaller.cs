using System.Net;
using Polly.CircuitBreaker;
using Polly.RateLimiting;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>An answer that was read to its end.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body, at most 1 MiB.</param>
/// <param name="ContentType">What it says it is.</param>
/// <param name="ETag">The version of the content; null: none.</param>
/// <param name="LastModified">When it changed; null: it does not say.</param>
internal sealed record HttpAnswer(
    HttpStatusCode Status, byte[] Body, string? ContentType, string? ETag, DateTimeOffset? LastModified)
{
    /// <summary>Whether it is one of success.</summary>
    public bool IsSuccess => (int)Status is >= 200 and < 300;
}

/// <summary>
/// Sends the requests to one device or program: with its headers, its timeout, the limits of the host, and a limit for the body. It follows
/// redirections of GET, and tells no other host the device's headers.
/// </summary>
internal sealed class HttpCaller : IDisposable
{
    private const int MostBytes = 1024 * 1024;
    private const int MostRedirections = 5;
    private readonly HttpTarget _target;
    private readonly HostLimits _limits;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    public HttpCaller(HttpTarget target, HostLimits limits, TimeProvider time)
    {
        (_target, _limits, _time) = (target, limits, time);
        var guard = new AddressGuard(target.Hosts);
        _client = new HttpClient(new SocketsHttpHandler
        {
            // A proxy would connect to addresses that nobody has checked.
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxConnectionsPerServer = 4,
            ConnectCallback = guard.ConnectAsync,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Sends a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="url">Where to.</param>
    /// <param name="prepare">Adds headers and the body.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HttpRequestException">There is no answer, or none that can be used; for people.</exception>
    public async Task<HttpAnswer> SendAsync(
        HttpMethod method, Uri url, Action<HttpRequestMessage>? prepare, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_target.Timeout, _time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            for (var hop = 0; ; hop++)
            {
                var isOwn = _target.Named.Any(named => named.Authority == url.Authority && named.Scheme == url.Scheme);
                using var response = await _limits.Of(url).ExecuteAsync(
                    async token => await SendOnceAsync(method, url, isOwn, prepare, token), until.Token);
                if (Redirection(method, url, response) is not { } next)
                {
                    return await ReadAsync(response, until.Token);
                }

                url = hop < MostRedirections ? next : throw new HttpRequestException("it redirects in a circle");
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"no answer within {_target.Timeout.TotalSeconds:0.#} s");
        }
        catch (BrokenCircuitException)
        {
            throw new HttpRequestException("it failed several times and is not asked for 15 s");
        }
        catch (RateLimiterRejectedException)
        {
            throw new HttpRequestException("too many requests to this host", null, HttpStatusCode.TooManyRequests);
        }
        catch (IOException exception)
        {
            throw new HttpRequestException(exception.Message, exception);
        }
    }

    /// <summary>Why there is no answer: the guard's own words where it refused the address.</summary>
    public static string Describe(HttpRequestException exception) =>
        exception.InnerException is HttpRequestException guard ? guard.Message : exception.Message;

    public void Dispose() => _client.Dispose();

    private async ValueTask<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, Uri url, bool isOwn, Action<HttpRequestMessage>? prepare, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, url);
        if (isOwn)
        {
            prepare?.Invoke(request);
            foreach (var (name, value) in _target.Headers)
            {
                if (!request.Headers.TryAddWithoutValidation(name, value))
                {
                    request.Content?.Headers.Remove(name);
                    request.Content?.Headers.TryAddWithoutValidation(name, value);
                }
            }
        }

        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            // A failure of the host to the circuit breaker; the caller knows whose time was over.
            throw new HttpRequestException("no answer in time", exception);
        }
    }

    private static Uri? Redirection(HttpMethod method, Uri url, HttpResponseMessage response)
    {
        if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location
            || method != HttpMethod.Get)
        {
            return null;
        }

        var next = new Uri(url, location);
        return next.Scheme is "http" or "https" && !(url.Scheme == "https" && next.Scheme == "http")
            ? next
            : throw new HttpRequestException($"it redirects to {next.Scheme}");
    }

    private static async Task<HttpAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (body.Length + read > MostBytes)
            {
                throw new HttpRequestException("the answer has more than 1 MiB");
            }

            body.Write(buffer, 0, read);
        }

        return new HttpAnswer(
            response.StatusCode,
            body.ToArray(),
            response.Content.Headers.ContentType?.MediaType,
            response.Headers.ETag?.ToString(),
            response.Content.Headers.LastModified);
    }
}
