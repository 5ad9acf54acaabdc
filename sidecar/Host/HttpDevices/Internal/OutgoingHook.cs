using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>
/// Sends what one program wants to know, in order. What fails is tried again, after a second, then after twice as long each time,
/// with jitter. What cannot be delivered is recorded in HOME_DLQ. What finds the queue full is left out, and logged.
/// </summary>
internal sealed partial class OutgoingHook(
    OutgoingHookOptions options, HttpCaller caller, IHomeStorage storage, TimeProvider time, ILogger log)
{
    private const int Waiting = 1000;
    private const double Jitter = 0.25;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly Channel<byte[]> _queue =
        Channel.CreateBounded<byte[]>(new BoundedChannelOptions(Waiting) { SingleReader = true });

    private readonly LogPause _pause = new(time);

    /// <summary>Adds a message about an entity, if the program wants it.</summary>
    public void Add(bool isEvent, EntityId entity, Func<byte[]> message)
    {
        if ((isEvent ? options.Events : options.States) && options.Wants(entity) && !_queue.Writer.TryWrite(message()) && _pause.TryPass())
        {
            LogFull(options.Url.Host, Waiting);
        }
    }

    /// <summary>Sends until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        await foreach (var message in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            await DeliverAsync(message, stoppingToken);
        }
    }

    private async Task DeliverAsync(byte[] message, CancellationToken stoppingToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (why, mayRetry) = await TrySendAsync(message, stoppingToken);
            if (why is null)
            {
                return;
            }

            if (!mayRetry || attempt >= options.Attempts)
            {
                await BuryAsync(message, why, attempt, stoppingToken);
                return;
            }

            var pause = Math.Min(Math.Pow(2, attempt - 1), Longest.TotalSeconds);
            await Task.Delay(TimeSpan.FromSeconds(pause * (1 + (Jitter * Random.Shared.NextDouble()))), time, stoppingToken);
        }
    }

    private async Task<(string? Why, bool MayRetry)> TrySendAsync(byte[] message, CancellationToken stoppingToken)
    {
        try
        {
            var answer = await caller.SendAsync(HttpMethod.Post, options.Url, request => Prepare(request, message), stoppingToken);
            return answer.IsSuccess ? (null, false)
                : ($"HTTP {(int)answer.Status}",
                    (int)answer.Status >= 500 || answer.Status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);
        }
        catch (HttpRequestException exception)
        {
            stoppingToken.ThrowIfCancellationRequested();
            return (HttpCaller.Describe(exception), true);
        }
    }

    private void Prepare(HttpRequestMessage request, byte[] message)
    {
        request.Content = new ByteArrayContent(message);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (options.Secret is { } secret)
        {
            request.Headers.Add("X-Bridge-Signature", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(secret, message)));
        }
    }

    private async Task BuryAsync(byte[] message, string why, int attempts, CancellationToken stoppingToken)
    {
        if (_pause.TryPass())
        {
            LogBuried(options.Url.Host, attempts, why);
        }

        var record = new JsonObject
        {
            ["source"] = "webhook",
            ["url"] = options.Url.GetLeftPart(UriPartial.Path),
            ["at"] = time.GetUtcNow().UtcDateTime.ToString("O"),
            ["attempts"] = attempts,
            ["error"] = why,
            ["message"] = JsonNode.Parse(message),
        };
        try
        {
            var subject = storage.Subjects.Dlq("webhook");
            await storage.JetStream.PublishAsync(
                subject, System.Text.Encoding.UTF8.GetBytes(record.ToJsonString()), NatsRawSerializer<byte[]>.Default,
                cancellationToken: stoppingToken);
        }
        catch (NatsException exception)
        {
            LogLost(exception.Message);
        }
    }

    [LoggerMessage(6320, LogLevel.Warning, "A webhook to {Host} was not delivered (attempts: {Attempts}): {Why}")]
    private partial void LogBuried(string host, int attempts, string why);

    [LoggerMessage(6321, LogLevel.Warning, "Webhooks to {Host} are left out: more than {Most} wait (logged once a minute at most)")]
    private partial void LogFull(string host, int most);

    [LoggerMessage(6322, LogLevel.Error, "The record of a webhook that was not delivered could not be stored: {Reason}")]
    private partial void LogLost(string reason);
}
