using System.Text.Json.Nodes;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.ConfiguredDevices;

/// <summary>Announces a device for a program that speaks no NATS.</summary>
public sealed class AnnounceRequest(BridgeOptions options, IEmbeddedServer server, IHomeStorage storage)
{
    /// <summary>Sends the announcement and returns the home's reply; null: it is empty.</summary>
    /// <exception cref="NatsException">There is no reply.</exception>
    public async Task<JsonNode?> AskAsync(byte[] announcement, CancellationToken cancellationToken)
    {
        // Nothing answers to the inboxes of the sidecar's own connections.
        await using var nats = new NatsConnection(LinkFeature.ShortLived(options.Nats, server, "hanatsbridge announce"));
        var reply = await nats.RequestAsync<byte[], byte[]>(storage.Subjects.Announce, announcement, cancellationToken: cancellationToken);
        return JsonNode.Parse(reply.Data is { Length: > 0 } data ? data : "null"u8);
    }
}
