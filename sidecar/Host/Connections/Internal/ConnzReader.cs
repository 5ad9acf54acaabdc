using System.Text.Json;
using HaNatsBridge.Host.Availability;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>
/// Reads what the server's system account answers about connections: CONNZ answers and DISCONNECT events (nats-server, "System
/// Events").
/// </summary>
internal static class ConnzReader
{
    /// <summary>The most subscriptions of one connection that are looked at.</summary>
    private const int MaxSubscriptions = 10_000;

    /// <summary>The kind of a client's connection; others are <c>Leafnode</c> and <c>Router</c>.</summary>
    private const string Client = "Client";

    /// <summary>Reads a CONNZ answer.</summary>
    /// <param name="utf8">The answer.</param>
    /// <param name="account">The account of the first one; null when the answer does not say.</param>
    /// <returns>The connections; null when it is no such answer.</returns>
    public static IReadOnlyList<ClientConnection>? Read(ReadOnlyMemory<byte> utf8, out string? account)
    {
        account = null;
        try
        {
            using var document = JsonDocument.Parse(utf8);
            if (!document.RootElement.TryGetProperty("data", out var data) || Text(data, "server_id") is not { } server)
            {
                return null;
            }

            var connections = new List<ClientConnection>();
            if (data.TryGetProperty("connections", out var list) && list.ValueKind == JsonValueKind.Array)
            {
                foreach (var element in list.EnumerateArray())
                {
                    account ??= Text(element, "account");
                    Add(connections, server, element);
                }
            }

            return connections;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Which server an answer comes from; null when it does not say.</summary>
    public static string? ServerOf(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            return document.RootElement.TryGetProperty("server", out var server) ? Text(server, "id") : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads a <c>$SYS.ACCOUNT.*.DISCONNECT</c> event; false when it is none.</summary>
    public static bool TryReadDisconnect(ReadOnlyMemory<byte> utf8, out ConnectionId connection)
    {
        connection = default;
        try
        {
            using var document = JsonDocument.Parse(utf8);
            var root = document.RootElement;
            if (root.TryGetProperty("server", out var server) && Text(server, "id") is { } id
                && root.TryGetProperty("client", out var client) && client.TryGetProperty("id", out var number)
                    && number.TryGetUInt64(out var cid))
            {
                connection = new ConnectionId(id, cid);
                return true;
            }

            return false;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static void Add(List<ClientConnection> connections, string server, JsonElement element)
    {
        if (!element.TryGetProperty("cid", out var number) || !number.TryGetUInt64(out var cid))
        {
            return;
        }

        var port = element.TryGetProperty("port", out var p) && p.TryGetInt32(out var value) ? value : 0;
        string[] subscriptions = element.TryGetProperty("subscriptions_list", out var list)
            && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Take(MaxSubscriptions).Select(s => s.GetString() ?? "")]
            : [];
        connections.Add(new ClientConnection(
            new ConnectionId(server, cid),
            Text(element, "kind") is null or Client,
            Text(element, "authorized_user"),
            Text(element, "name"),
            $"{Text(element, "ip")}:{port}",
            subscriptions)
        {
            Start = element.TryGetProperty("start", out var start) && start.TryGetDateTimeOffset(out var time) ? time : default,
        });
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
