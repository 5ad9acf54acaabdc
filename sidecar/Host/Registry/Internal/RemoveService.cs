using System.Buffers;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// <c>home.discovery.remove</c> and <c>home.discovery.remove.{type}.{id}</c>: removes a device. Answered when its deletion marker
/// is in KV.
/// </summary>
internal sealed class RemoveService(
    IHomeStorage storage, DeviceRequests requests, DeviceRegistry registry, DeviceRemover remover, ILogger<RemoveService> log)
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
            await ReplyAsync(message, Refused(error!), stoppingToken);
        }
        else if (!remover.TryRemove(id, (outcome, ct) => ReplyAsync(message, ReplyOf(outcome), ct)))
        {
            await ReplyAsync(message, NotStored("too many requests at once: try again"), stoppingToken);
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
        error = requests.Refuse(message.Subject, id);
        return error is null;
    }

    /// <summary><c>removed</c> is false when the registry does not have the device.</summary>
    private static byte[] ReplyOf(RemovalOutcome outcome) => outcome switch
    {
        RemovalOutcome.Removed => [.. "{\"ok\":true,\"removed\":true}"u8],
        RemovalOutcome.NotKnown => [.. "{\"ok\":true,\"removed\":false}"u8],
        _ => NotStored("JetStream did not take it: try again"),
    };

    private static byte[] NotStored(string message) => Refused(new ContractError("", AnnounceCodes.NotStored, message));

    private static byte[] Refused(ContractError error)
    {
        var buffer = new ArrayBufferWriter<byte>();
        AnnounceReply.WriteRefused(buffer, error.Path, error.Code, error.Message);
        return buffer.WrittenSpan.ToArray();
    }

    private static async ValueTask ReplyAsync(NatsMsg<byte[]> message, byte[] reply, CancellationToken cancellationToken)
    {
        if (message.ReplyTo is not null)
        {
            await message.ReplyAsync(
                reply, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
        }
    }
}
