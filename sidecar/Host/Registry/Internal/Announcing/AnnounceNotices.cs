using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Connections;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>
/// What the sidecars of a home tell each other of announcements, on <c>home.discovery.announced</c>: an announcement is a sign of
/// life, and the sidecar that answers it need not be the one that decides who is online.
/// <c>{"from", "device", "connection": {"server", "id"}}</c>.
/// </summary>
internal sealed partial class AnnounceNotices(
    IHomeLink link, IHomeStorage storage, Subscriptions subscriptions, IDeviceConnections connections, Refusals refusals,
    ILogger<AnnounceNotices> log)
{
    private const int Waiting = 2048;
    private readonly string _instance = Guid.NewGuid().ToString("N")[..16];

    private string Subject => $"{storage.Subjects.Root}.discovery.announced";

    /// <summary>Asks every device to announce itself.</summary>
    public ValueTask RequestAllAsync(CancellationToken cancellationToken) =>
        link.Home.PublishAsync(storage.Subjects.DiscoveryRequest, cancellationToken: cancellationToken);

    /// <summary>This sidecar accepted an announcement. It knows first, the others after it.</summary>
    public ValueTask PublishAsync(DeviceId id, ConnectionId? connection, CancellationToken cancellationToken)
    {
        connections.Announced(id, connection);
        return link.Home.PublishAsync(
            Subject,
            Write(_instance, id, connection),
            serializer: NatsRawSerializer<byte[]>.Default,
            cancellationToken: cancellationToken);
    }

    /// <summary>Takes the other sidecars' notices until stopped.</summary>
    public Task RunAsync(CancellationToken stoppingToken) =>
        subscriptions.RunAsync<byte[]>(link.Home, Subject, null, Waiting, Read, log, stoppingToken);

    private ValueTask Read(NatsMsg<byte[]> message)
    {
        if (TryRead(message.Data, out var from, out var id, out var connection) && from != _instance)
        {
            refusals.Clear(id);
            connections.Announced(id, connection);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The message.</summary>
    internal static byte[] Write(string from, DeviceId id, ConnectionId? connection)
    {
        using var stream = new MemoryStream(192);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("from", from);
            json.WriteString("device", id.ToString());
            if (connection is { } known)
            {
                json.WriteStartObject("connection");
                json.WriteString("server", known.Server);
                json.WriteNumber("id", known.Client);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Reads a message; false when it is none.</summary>
    internal static bool TryRead(ReadOnlyMemory<byte> utf8, out string from, out DeviceId id, out ConnectionId? connection)
    {
        (from, id, connection) = ("", default, null);
        try
        {
            using var document = JsonDocument.Parse(utf8);
            var root = document.RootElement;
            from = root.GetProperty("from").GetString() ?? "";
            if (root.TryGetProperty("connection", out var known))
            {
                connection = new ConnectionId(known.GetProperty("server").GetString() ?? "", known.GetProperty("id").GetUInt64());
            }

            return DeviceId.TryParse(root.GetProperty("device").GetString(), out id);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return false;
        }
    }
}
