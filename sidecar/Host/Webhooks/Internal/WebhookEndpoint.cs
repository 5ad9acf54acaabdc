using System.Text.Json;
using System.Threading.RateLimiting;
using HaNatsBridge.Host.ConfiguredDevices;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Webhooks.Internal;

/// <summary>
/// Answers <c>POST /api/webhook/{secret}</c>. A wrong secret is 404, whatever it is, and a few of them in a second are not even
/// looked at. Each webhook has a limit of its own, so a flood on one does not keep others out.
/// </summary>
internal sealed class WebhookEndpoint(WebhooksService service, AnnounceRequest announce, TimeProvider time) : IDisposable
{
    private const int MostBytes = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly Dictionary<WebhookEntry, TokenBucketRateLimiter> _limits =
        service.Entries.ToDictionary(entry => entry, _ => Limiter(20, 10));
    private readonly TokenBucketRateLimiter _guesses = Limiter(20, 2);

    public async Task TakeAsync(HttpContext context)
    {
        var secret = $"{context.Request.RouteValues["secret"]}";

        // All are compared: the time tells nobody which one was nearly right.
        var entry = service.Entries.Aggregate((WebhookEntry?)null, (found, one) => one.Is(secret) ? one : found);
        using var lease = (entry is null ? _guesses : _limits[entry]).AttemptAcquire();
        if (!lease.IsAcquired)
        {
            context.Response.Headers.RetryAfter = "1";
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        }
        else if (entry is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else if (await BodyAsync(context) is not { } body)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        }
        else if (entry.Announces is { } type)
        {
            await AnnounceAsync(context, type, body);
        }
        else
        {
            await PublishAsync(context, entry, body);
        }
    }

    public void Dispose()
    {
        _guesses.Dispose();
        foreach (var limit in _limits.Values)
        {
            limit.Dispose();
        }
    }

    private static TokenBucketRateLimiter Limiter(int burst, int perSecond) => new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = burst, TokensPerPeriod = perSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0,
    });

    private static async Task<byte[]?> BodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        var buffer = new byte[8192];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (body.Length + read > MostBytes)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private async Task AnnounceAsync(HttpContext context, string type, byte[] body)
    {
        if (new ForeignMessage(body, new Dictionary<string, object?>()).Json is not { ValueKind: JsonValueKind.Object } json
            || !json.TryGetProperty("type", out var given) || given.ValueKind != JsonValueKind.String || given.GetString() != type)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync($"The body is an announcement of a device of the type {type}.", context.RequestAborted);
            return;
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        try
        {
            var reply = await announce.AskAsync(body, until.Token);
            context.Response.StatusCode = reply?["ok"]?.GetValue<bool>() == true
                ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(reply?.ToJsonString() ?? "null", context.RequestAborted);
        }
        catch (Exception exception) when (exception is NatsException or OperationCanceledException && !context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private async Task PublishAsync(HttpContext context, WebhookEntry entry, byte[] body)
    {
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["query"] = context.Request.Query.ToDictionary(pair => pair.Key, pair => (object?)pair.Value.ToString(), StringComparer.Ordinal),
        };
        try
        {
            var isTaken = await service.TryPublishAsync(entry, new ForeignMessage(body, variables), context.RequestAborted);
            context.Response.StatusCode = isTaken ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        }
        catch (FormatException exception)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(exception.Message, context.RequestAborted);
        }
    }
}
