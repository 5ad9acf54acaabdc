using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.ConfiguredDevices;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>
/// Asks one device at its interval. Two failures one after the other make it offline, the next answer online again. What has not
/// changed since (<c>ETag</c>, <c>Last-Modified</c>) is not sent again by it.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim needs no disposal unless its wait handle is used.")]
internal sealed partial class HttpPoller(
    HttpEntry entry, HttpCaller caller, DeviceSet devices, SemaphoreSlim gate, TimeProvider time, ILogger log)
{
    private const int FailuresUntilOffline = 2;
    private readonly SemaphoreSlim _sooner = new(0, 1);
    private readonly LogPause _pause = new(time);
    private readonly DeviceId _device = entry.Device.IdFor([])!.Value;
    private string? _etag;
    private DateTimeOffset? _modified;
    private int _failures;

    /// <summary>The device.</summary>
    public DeviceId Device => _device;

    /// <summary>What went wrong last; null: nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>How often it was asked.</summary>
    public long Polls { get; private set; }

    /// <summary>Asks before the interval is over, as after a command.</summary>
    public void Sooner()
    {
        if (_sooner.CurrentCount == 0)
        {
            _sooner.Release();
        }
    }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (entry.Url is not null && !stoppingToken.IsCancellationRequested)
        {
            await PollAsync(stoppingToken);
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(Task.Delay(entry.Interval, time, wait.Token), _sooner.WaitAsync(wait.Token));
            await wait.CancelAsync();
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken);
    }

    private async Task PollAsync(CancellationToken stoppingToken)
    {
        Polls++;
        try
        {
            var answer = await caller.SendAsync(HttpMethod.Get, entry.Url!, Prepare, stoppingToken);
            if (answer.Status != HttpStatusCode.NotModified)
            {
                if (!answer.IsSuccess)
                {
                    throw new HttpRequestException($"it answers HTTP {(int)answer.Status} {answer.Status}");
                }

                await PublishAsync(answer, stoppingToken);
                (_etag, _modified) = (answer.ETag, answer.LastModified);
            }

            _failures = 0;
            await SetOnlineAsync(true, stoppingToken);
        }
        catch (HttpRequestException exception)
        {
            await FailedAsync(HttpCaller.Describe(exception), stoppingToken);
        }
        catch (FormatException exception)
        {
            await FailedAsync(exception.Message, stoppingToken);
        }
    }

    private void Prepare(HttpRequestMessage request)
    {
        if (_etag is not null && EntityTagHeaderValue.TryParse(_etag, out var tag))
        {
            request.Headers.IfNoneMatch.Add(tag);
        }
        else
        {
            request.Headers.IfModifiedSince = _modified;
        }
    }

    private async Task PublishAsync(HttpAnswer answer, CancellationToken stoppingToken)
    {
        var message = new ForeignMessage(answer.Body, new Dictionary<string, object?>(StringComparer.Ordinal) { ["status"] = (int)answer.Status });
        var problems = new List<string>();
        await gate.WaitAsync(stoppingToken);
        try
        {
            foreach (var entity in entry.Entities.Where(entity => entity.Command is null || !entity.Config.Value.IsPayload))
            {
                var id = new EntityId(_device, entity.Config.Key);
                try
                {
                    if (entity.Config.IsPicture)
                    {
                        await devices.PublishPictureAsync(id, answer.Body, stoppingToken);
                    }
                    else if (entity.Config.TryRead(message, out var value))
                    {
                        await devices.PublishAsync(id, entity.Config, value, stoppingToken);
                    }
                    else
                    {
                        problems.Add($"{id.Key}: the answer has no such value");
                    }
                }
                catch (Exception exception) when (exception is FormatException or ArgumentException)
                {
                    problems.Add($"{id.Key}: {exception.Message}");
                }
            }
        }
        finally
        {
            gate.Release();
        }

        Problem = problems.FirstOrDefault();
        if (problems.Count > 0 && problems.Count == entry.Entities.Count)
        {
            throw new FormatException($"no value can be read ({answer.ContentType ?? "no content type"}): {problems[0]}");
        }
    }

    private async Task FailedAsync(string why, CancellationToken stoppingToken)
    {
        Problem = why;
        _failures++;
        (_etag, _modified) = (null, null);
        if (_pause.TryPass())
        {
            LogFailed(_device, entry.Url!.GetLeftPart(UriPartial.Path), why);
        }

        if (_failures == FailuresUntilOffline)
        {
            await SetOnlineAsync(false, stoppingToken);
        }
    }

    private async Task SetOnlineAsync(bool isOnline, CancellationToken stoppingToken)
    {
        await gate.WaitAsync(stoppingToken);
        try
        {
            await devices.SetOnlineAsync(_device, isOnline, stoppingToken);
        }
        finally
        {
            gate.Release();
        }
    }

    [LoggerMessage(6300, LogLevel.Warning, "{Device} cannot be read at {Url}: {Why} (logged once a minute at most)")]
    private partial void LogFailed(DeviceId device, string url, string why);
}
