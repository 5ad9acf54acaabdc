using System.Buffers;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry.Internal.Announcing;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// <c>home.discovery.remove</c> and <c>home.discovery.remove.{type}.{id}</c>: removes a device. Answered <c>{"ok": true}</c> when
/// its deletion marker is in KV; the markers of its states follow at once, or later where that fails
/// (<see cref="RemovalFinisher"/>).
/// </summary>
internal sealed partial class RemoveService(
    IHomeStorage storage, DeviceRequests requests, DeviceLanes lanes, DeviceRegistry registry, DeviceStore store,
    Refusals refusals, RegistryMetrics metrics, ILogger<RemoveService> log)
    : BackgroundService
{
    private const int Waiting = 256;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await registry.Ready.WaitAsync(stoppingToken);
        await Services.RunTogetherAsync(
            stoppingToken,
            requests.RunAsync(storage.Subjects.Remove, Waiting, m => HandleAsync(m, stoppingToken), log, stoppingToken),
            requests.RunAsync(storage.Subjects.RemoveAll, Waiting, m => HandleAsync(m, stoppingToken), log, stoppingToken));
    }

    private async ValueTask HandleAsync(NatsMsg<byte[]> message, CancellationToken stoppingToken)
    {
        if (!TryRead(message, out var id, out var error))
        {
            await ReplyAsync(message, error, stoppingToken);
        }
        else if (!lanes.TryPost(id, ct => RemoveAsync(message, id, ct)))
        {
            await ReplyAsync(
                message, new ContractError("", AnnounceCodes.NotStored, "too many requests at once: try again"), stoppingToken);
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
        using var bounded = store.Bounded(stoppingToken);
        try
        {
            if (await store.RemoveAsync(id, bounded.Token))
            {
                metrics.Removed();
                LogRemoved(id.ToString());
            }

            refusals.Clear(id);
            await FinishAsync(id, bounded.Token);
            await ReplyAsync(message, null, stoppingToken);
        }
        catch (Exception e) when (NatsTrouble.Is(e, stoppingToken))
        {
            LogNotRemoved(id.ToString(), e.Message);
            await ReplyAsync(
                message, new ContractError("", AnnounceCodes.NotStored, "JetStream did not take it: try again"), stoppingToken);
        }
    }

    private async Task FinishAsync(DeviceId id, CancellationToken cancellationToken)
    {
        if (registry.UnfinishedRemovalOf(id) is not { } removal)
        {
            return;
        }

        try
        {
            await store.FinishRemovalAsync(id, removal.Revision, cancellationToken);
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
        {
            // It is removed; the rest is tried again.
            LogUnfinished(id.ToString(), e.Message);
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

        await message.ReplyAsync(
            buffer.WrittenSpan.ToArray(), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
    }

    [LoggerMessage(3601, LogLevel.Information, "{Device} was removed")]
    private partial void LogRemoved(string device);

    [LoggerMessage(3602, LogLevel.Warning, "{Device} could not be removed: {Reason}")]
    private partial void LogNotRemoved(string device, string reason);

    [LoggerMessage(3604, LogLevel.Warning, "{Device} is removed; its states could not be marked yet, tried again: {Reason}")]
    private partial void LogUnfinished(string device, string reason);
}
