using System.Buffers;
using System.Collections.Immutable;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Announcements (contract.md, "Announce"): read, checked against the subject, stored, answered. Sidecars share them by a queue group; the one that answered tells the others, so that
/// the judge hears of it.
/// </summary>
internal sealed partial class AnnounceService(
    IHomeLink link, IHomeStorage storage, DiscoveryInstance instance, DeviceRegistry registry, RegistryFollower follower, DeviceStore store, DeviceLanes lanes,
    RejectedAnnouncements rejected, RejectionRepairs repairs, Replies replies, AnnouncedDevices announced, ChangeBudget budget, DiscoveryMetrics metrics, DiscoveryTimings timings, Subscriptions subscriptions, ILogger<AnnounceService> log) : BackgroundService
{
    /// <summary>The queue group that sidecars share.</summary>
    public const string QueueGroup = "discovery";

    /// <summary>The most devices of a home; beyond it new ones are refused, known ones live.</summary>
    public const int MaxDevices = 10_000;

    /// <summary>The subscription's own buffer; it is emptied at once into the queue, which knows sizes.</summary>
    private const int Waiting = 2048;

    private readonly AnnounceQueue _queue = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        // Whoever announces before the registry is read would be taken for new.
        await follower.Loaded.WaitAsync(stoppingToken);
        var subjects = storage.Subjects;
        var running = new[]
        {
            lanes.RunAsync(stoppingToken),
            rejected.RunAsync(stoppingToken),
            ReadAsync(stoppingToken),
            subscriptions.RunAsync<byte[]>(link.Home, subjects.Announce, QueueGroup, Waiting, m => EnterAsync(replies.Checked(m), stoppingToken), log, stoppingToken),
            subscriptions.RunAsync<byte[]>(link.Home, subjects.AnnounceAll, QueueGroup, Waiting, m => EnterAsync(replies.Checked(m), stoppingToken), log, stoppingToken),
            subscriptions.RunAsync<byte[]>(link.Home, instance.AnnouncedSubject, null, Waiting, m => HeardAsync(m, stoppingToken), log, stoppingToken),
        };
        await link.Home.PublishAsync(subjects.DiscoveryRequest, cancellationToken: stoppingToken);
        await Services.RunTogetherAsync(stoppingToken, running);
    }

    private ValueTask EnterAsync(NatsMsg<byte[]> message, CancellationToken stoppingToken) =>
        _queue.TryEnter(message) ? ValueTask.CompletedTask : TooManyAsync(message, stoppingToken);

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
        var payload = message.Data ?? [];
        var result = Authorize(message.Subject, AnnouncementReader.Read(payload));
        if (!result.Errors.IsEmpty)
        {
            rejected.Add(result, message.Subject, payload, message.ReplyTo is not null);
        }

        if (result.Device is not { } device)
        {
            metrics.Rejected();
            repairs.Refused(storage.Subjects.TryParse(message.Subject, out var own) ? own.Device : result.Named, result);
            LogRejected(message.Subject, result.Errors[0].Path, result.Errors[0].Code, result.Errors[0].Message);
            await ReplyAsync(message, result, null, stoppingToken);
            return false;
        }

        if (lanes.TryPost(device.Id, ct => AcceptAndLeaveAsync(message, result, device, ct)))
        {
            return true;
        }

        await TooManyAsync(message, stoppingToken);
        return false;
    }

    private ValueTask TooManyAsync(NatsMsg<byte[]> message, CancellationToken stoppingToken)
    {
        metrics.NotStored();
        var refused = AnnouncementResult.Refused("", AnnounceCodes.NotStored, "too many announcements at once: try again");
        if (message.ReplyTo is null)
        {
            rejected.Add(refused, message.Subject, message.Data, hasReply: false);
        }

        return ReplyAsync(message, refused, null, stoppingToken);
    }

    private async Task AcceptAndLeaveAsync(NatsMsg<byte[]> message, AnnouncementResult result, DeviceDescription device, CancellationToken stoppingToken)
    {
        try
        {
            await AcceptAsync(message, result, device, stoppingToken);
        }
        finally
        {
            _queue.Leave(message);
        }
    }

    /// <summary>A device with credentials announces on its own subject, and nobody else there.</summary>
    private AnnouncementResult Authorize(string subject, AnnouncementResult result)
    {
        if (result.Device is not { } device || string.Equals(subject, storage.Subjects.Announce, StringComparison.Ordinal))
        {
            return result;
        }

        return storage.Subjects.TryParse(subject, out var named) && named.Device == device.Id
            ? result
            : AnnouncementResult.Refused("id", AnnounceCodes.Unauthorized, $"{device.Id} cannot be announced on {subject}");
    }

    private async Task AcceptAsync(NatsMsg<byte[]> message, AnnouncementResult result, DeviceDescription device, CancellationToken stoppingToken)
    {
        if (registry.Count >= MaxDevices && !registry.TryGetEntry(device.Id, out _))
        {
            metrics.Rejected();
            var refused = AnnouncementResult.Refused("", AnnounceCodes.TooLarge, $"the home has {MaxDevices} devices: remove some first");
            rejected.Add(refused, message.Subject, message.Data, message.ReplyTo is not null);
            await ReplyAsync(message, refused, null, stoppingToken);
            return;
        }

        var isSame = registry.TryGetEntry(device.Id, out var known) && known.Announced.Json.Span.SequenceEqual(device.Json.Span);
        if (!isSame && !budget.TrySpend(device.Id))
        {
            await TooManyAsync(message, stoppingToken);
            return;
        }

        var (revision, isNew, problem) = await StoreAsync(device, stoppingToken);
        if (problem is not null)
        {
            metrics.NotStored();
            var refused = AnnouncementResult.Refused("", AnnounceCodes.NotStored, problem);
            rejected.Add(refused, message.Subject, message.Data, message.ReplyTo is not null);
            await ReplyAsync(message, refused, null, stoppingToken);
            return;
        }

        metrics.Accepted(isNew);
        registry.Apply(device, revision);
        repairs.Accepted(device, result, message.Data);
        if (isNew)
        {
            LogAccepted(device.Id.ToString(), device.Entities.Length, revision);
        }

        // Before it is told so: who has its answer counts as announced, whatever becomes of its old connection now.
        announced.Heard(device.Id, message.ReplyTo);
        await ReplyAsync(message, result with { Warnings = [.. result.Warnings, .. WarningsOf(device)] }, revision, stoppingToken);
        var notice = new AnnouncedNotice(instance.Id, device.Id, revision, message.ReplyTo);
        await link.Home.PublishAsync(instance.AnnouncedSubject, notice.ToUtf8(), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: stoppingToken);
    }

    private async Task<(ulong Revision, bool IsNew, string? Problem)> StoreAsync(DeviceDescription device, CancellationToken stoppingToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        bounded.CancelAfter(timings.StoreTimeout);
        try
        {
            var (revision, isNew) = await store.PutAsync(device, bounded.Token);
            return (revision, isNew, null);
        }
        catch (NewerRecordException e)
        {
            LogNotStored(device.Id.ToString(), e.Message);
            return (0, false, e.Message);
        }
        catch (Exception e) when (e is NatsException or TimeoutException || (e is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            LogNotStored(device.Id.ToString(), e.Message);
            return (0, false, "JetStream did not take it: try again");
        }
    }

    private ImmutableArray<ContractError> WarningsOf(DeviceDescription device)
    {
        var warnings = registry.LinkWarnings(device).ToImmutableArray();
        return link.System is null && device.Lease is null
            ? warnings.Add(new ContractError(
                "lease_seconds", AnnounceCodes.NoDisconnectEvents, "the sidecar does not hear of closed connections here, and without lease_seconds the device never counts as offline"))
            : warnings;
    }

    /// <summary>Another sidecar answered an announcement.</summary>
    private async ValueTask HeardAsync(NatsMsg<byte[]> message, CancellationToken stoppingToken)
    {
        if (AnnouncedNotice.Read(message.Data) is not { } notice || string.Equals(notice.From, instance.Id, StringComparison.Ordinal))
        {
            return;
        }

        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        bounded.CancelAfter(timings.StoreTimeout);
        await follower.EnsureAsync(notice.Device, notice.Revision, bounded.Token);
        repairs.Settled(notice.Device);
        announced.Heard(notice.Device, notice.Reply);
    }

    private static async ValueTask ReplyAsync(NatsMsg<byte[]> message, AnnouncementResult result, ulong? revision, CancellationToken cancellationToken)
    {
        if (message.ReplyTo is not null)
        {
            var buffer = new ArrayBufferWriter<byte>();
            AnnounceReply.Write(buffer, result, revision);
            await message.ReplyAsync(buffer.WrittenSpan.ToArray(), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
        }
    }

    [LoggerMessage(3405, LogLevel.Error, "An announcement on {Subject} could not be handled")]
    private partial void LogFailed(string subject, Exception exception);

    [LoggerMessage(3402, LogLevel.Debug, "An announcement on {Subject} was refused: {Path} {Code} {Reason}")]
    private partial void LogRejected(string subject, string path, string code, string reason);

    [LoggerMessage(3403, LogLevel.Warning, "The announcement of {Device} could not be stored: {Reason}")]
    private partial void LogNotStored(string device, string reason);

    [LoggerMessage(3404, LogLevel.Information, "{Device} announced itself with {Entities} entities (revision {Revision})")]
    private partial void LogAccepted(string device, int entities, ulong revision);
}
