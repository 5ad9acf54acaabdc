using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// The request on <c>home.discovery.remove.{type}.{id}</c>, as a command beside a sidecar sends it: the plain subject does not
/// remove a device that has a credential.
/// </summary>
internal static class RemovalRequest
{
    /// <summary>Longer than the sidecar takes at most.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <exception cref="IOException">It could not be removed; the message is for people.</exception>
    public static async Task<bool> SendAsync(
        NatsConnection connection, string subject, DeviceId id, CancellationToken cancellationToken)
    {
        try
        {
            await connection.ConnectAsync();
            var reply = await connection.RequestAsync<byte[], byte[]>(
                subject,
                JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["type"] = id.Type, ["id"] = id.Id }),
                requestSerializer: NatsRawSerializer<byte[]>.Default,
                replySerializer: NatsRawSerializer<byte[]>.Default,
                replyOpts: new NatsSubOpts { Timeout = Patience, ThrowIfNoResponders = true },
                cancellationToken: cancellationToken);
            return WasRemoved(reply.Data);
        }
        catch (NatsNoRespondersException exception)
        {
            throw new IOException("No sidecar of this home runs. Start it (./bridge run), and try again.", exception);
        }
        catch (NatsNoReplyException exception)
        {
            throw new IOException(
                $"The sidecar did not answer within {Patience.TotalSeconds:0} s: it may be starting. Try again.", exception);
        }
        catch (NatsException exception)
        {
            throw new IOException($"NATS does not let us in: {NatsFailure.ReasonOf(exception)}.", exception);
        }
    }

    private static bool WasRemoved(byte[]? reply)
    {
        using var json = JsonDocument.Parse(reply ?? []);
        var root = json.RootElement;
        return root.GetProperty("ok").GetBoolean()
            ? root.GetProperty("removed").GetBoolean()
            : throw new IOException($"It was not removed: {root.GetProperty("errors")[0].GetProperty("message").GetString()}.");
    }
}
