using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>
/// Takes announcements in (docs/devices.md, "Announce"): queued, read, checked against their subject, and handed to their device's
/// lane.
/// </summary>
internal sealed partial class AnnounceService(
    IHomeStorage storage, DeviceRequests requests, DeviceLanes lanes, AnnouncementAcceptor acceptor, AnnounceNotices notices,
    Refusals refusals, DeviceRegistry registry, ILogger<AnnounceService> log)
    : BackgroundService
{
    /// <summary>The subscription's own buffer; it is emptied at once into the queue, which knows sizes.</summary>
    private const int Waiting = 2048;

    private readonly AnnounceQueue _queue = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Before the registry is read every device would be a new one.
        await registry.Ready.WaitAsync(stoppingToken);
        var running = new[]
        {
            ReadAsync(stoppingToken),
            requests.RunAsync(storage.Subjects.Announce, Waiting, m => EnterAsync(m, stoppingToken), log, stoppingToken),
            requests.RunAsync(storage.Subjects.AnnounceAll, Waiting, m => EnterAsync(m, stoppingToken), log, stoppingToken),
            notices.RunAsync(stoppingToken),
        };
        await notices.RequestAllAsync(stoppingToken);
        await Services.RunTogetherAsync(stoppingToken, running);
    }

    private ValueTask EnterAsync(NatsMsg<byte[]> message, CancellationToken stoppingToken) =>
        _queue.TryEnter(message) ? ValueTask.CompletedTask : refusals.TooManyAsync(message, stoppingToken);

    private async Task ReadAsync(CancellationToken stoppingToken)
    {
        await foreach (var message in _queue.Waiting.ReadAllAsync(stoppingToken))
        {
            var isPassedOn = false;
            try
            {
                isPassedOn = await HandleAsync(message, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(message.Subject, e);
            }

            if (!isPassedOn)
            {
                _queue.Leave(message);
            }
        }
    }

    /// <summary>Reads and checks one; true when a lane goes on with it.</summary>
    private async Task<bool> HandleAsync(NatsMsg<byte[]> message, CancellationToken stoppingToken)
    {
        var read = AnnouncementReader.Read(message.Data ?? []);
        var result = Authorize(message.Subject, read);
        if (result.Device is not { } device)
        {
            DeviceId? id = storage.Subjects.TryParse(message.Subject, out var own) ? own.Device : result.Named;
            await refusals.RefuseAsync(message, result, id, stoppingToken);
            return false;
        }

        if (lanes.TryPost(device.Id, ct => AcceptAndLeaveAsync(message, result, device.Id, ct)))
        {
            return true;
        }

        await refusals.TooManyAsync(message, stoppingToken);
        return false;
    }

    private async Task AcceptAndLeaveAsync(
        NatsMsg<byte[]> message, AnnouncementResult result, DeviceId id, CancellationToken stoppingToken)
    {
        try
        {
            await acceptor.AcceptAsync(message, result, id, stoppingToken);
        }
        finally
        {
            _queue.Leave(message);
        }
    }

    private AnnouncementResult Authorize(string subject, AnnouncementResult result) =>
        result.Device is { } device && requests.Refuse(subject, device.Id) is { } error
            ? AnnouncementResult.Refused(error.Path, error.Code, error.Message)
            : result;

    [LoggerMessage(3405, LogLevel.Error, "An announcement on {Subject} could not be handled")]
    private partial void LogFailed(string subject, Exception exception);
}
