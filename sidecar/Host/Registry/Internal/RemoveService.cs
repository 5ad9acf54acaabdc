using System.Buffers;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// <c>home.discovery.remove</c> and <c>home.discovery.remove.{type}.{id}</c>: forgets a device. Answered <c>{"ok": true}</c> when the removal is on record and the registry no longer
/// holds the device; its states' markers follow, at the latest after a restart (<see cref="RemovalRepairer"/>).
/// </summary>
internal sealed partial class RemoveService(
    IHomeLink link, IHomeStorage storage, DeviceRegistry registry, RegistryFollower follower, DeviceStore store, DeviceLanes lanes, RejectionRepairs repairs, Replies replies, DiscoveryMetrics metrics,
    RemovalRepairer repairer, DiscoveryTimings timings, Subscriptions subscriptions, ILogger<RemoveService> log) : BackgroundService
{
    private const int Waiting = 256;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        await follower.Loaded.WaitAsync(stoppingToken);
        await Services.RunTogetherAsync(
            stoppingToken,
            subscriptions.RunAsync<byte[]>(
                link.Home, storage.Subjects.Remove, AnnounceService.QueueGroup, Waiting, m => HandleAsync(replies.Checked(m), stoppingToken), log, stoppingToken),
            subscriptions.RunAsync<byte[]>(
                link.Home, storage.Subjects.RemoveAll, AnnounceService.QueueGroup, Waiting, m => HandleAsync(replies.Checked(m), stoppingToken), log, stoppingToken),
            repairer.RunAsync(stoppingToken));
    }

    private async ValueTask HandleAsync(NatsMsg<byte[]> message, CancellationToken stoppingToken)
    {
        if (!TryRead(message, out var id, out var error))
        {
            await ReplyAsync(message, error, stoppingToken);
        }
        else if (!lanes.TryPost(id, ct => RemoveAsync(message, id, ct)))
        {
            await ReplyAsync(message, new ContractError("", AnnounceCodes.NotStored, "too many requests at once: try again"), stoppingToken);
        }
    }

    /// <summary>The subject may name the device alone; with a payload both must agree.</summary>
    private bool TryRead(NatsMsg<byte[]> message, out DeviceId id, out ContractError? error)
    {
        id = default;
        error = null;
        var isOwn = storage.Subjects.TryParse(message.Subject, out var named);
        if (isOwn && message.Data is null or [])
        {
            id = named.Device;
            return true;
        }

        if (!RemoveRequest.TryRead(message.Data, out var request, out error))
        {
            return false;
        }

        id = request!.Device;
        if (isOwn && named.Device != id)
        {
            error = new ContractError("id", AnnounceCodes.Unauthorized, $"{id} cannot be removed on {message.Subject}");
            return false;
        }

        return true;
    }

    private async Task RemoveAsync(NatsMsg<byte[]> message, DeviceId id, CancellationToken stoppingToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        bounded.CancelAfter(timings.StoreTimeout);
        try
        {
            var revision = await store.RemoveAsync(id, bounded.Token);
            repairs.Settled(id);

            // Also one that KV has lost and that is about to be put back.
            var wasKnown = registry.TryGetEntry(id, out _);
            registry.Remove(id, null);
            if (revision is not null || wasKnown)
            {
                metrics.Removed();
                LogRemoved(id.ToString());
            }

            await ReplyAsync(message, null, stoppingToken);
        }
        catch (Exception e) when (e is NatsException or TimeoutException || (e is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            LogNotRemoved(id.ToString(), e.Message);
            await ReplyAsync(message, new ContractError("", AnnounceCodes.NotStored, "JetStream did not take it: try again"), stoppingToken);
        }
    }

    private static async ValueTask ReplyAsync(NatsMsg<byte[]> message, ContractError? error, CancellationToken cancellationToken)
    {
        if (message.ReplyTo is null)
        {
            return;
        }

        var buffer = new ArrayBufferWriter<byte>();
        if (error is null)
        {
            buffer.Write("{\"ok\":true}"u8);
        }
        else
        {
            AnnounceReply.WriteRefused(buffer, error.Path, error.Code, error.Message);
        }

        await message.ReplyAsync(buffer.WrittenSpan.ToArray(), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
    }

    [LoggerMessage(3601, LogLevel.Information, "{Device} was forgotten")]
    private partial void LogRemoved(string device);

    [LoggerMessage(3602, LogLevel.Warning, "{Device} could not be forgotten: {Reason}")]
    private partial void LogNotRemoved(string device, string reason);
}
