using System.Collections.Concurrent;
using System.Text.Json;
using HaNatsBridge.Host.HomeAssistant.Internal.Hub;
using Microsoft.AspNetCore.SignalR;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Transport;

/// <summary>The hub's address: SignalR's negotiation, which here chooses nothing, and the upgrade to a WebSocket, the only transport.</summary>
internal sealed class HubEndpoint(HubConnectionHandler<BridgeHub> hub, TimeProvider time)
{
    /// <summary>A client that does not take a message for so long is cut; ClientSessions has told it why before.</summary>
    private static readonly TimeSpan MaySend = ClientSessions.MayBeSlow + TimeSpan.FromSeconds(30);

    /// <summary>How long a client may take to answer the end of a connection.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, HubSocket> _sockets = new(StringComparer.Ordinal);

    /// <summary>Serves one client until its connection ends.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("The hub speaks WebSocket only.", context.RequestAborted);
            return;
        }

        using var webSocket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        var id = context.Connection.Id;
        await using var socket = new HubSocket(webSocket, id, time, MaySend);
        _sockets[id] = socket;
        try
        {
            var moved = socket.RunAsync();
            await hub.OnConnectedAsync(socket.Connection);
            await socket.Connection.Transport.Output.CompleteAsync();
            await Task.WhenAny(moved, Task.Delay(Farewell, time));
            socket.Cut();
            await socket.Connection.Transport.Input.CompleteAsync();
            await moved;
        }
        finally
        {
            _sockets.TryRemove(id, out _);
        }
    }

    /// <summary>Answers a client that negotiates first (https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/TransportProtocols.md).</summary>
    public static async Task NegotiateAsync(HttpContext context)
    {
        var version = context.Request.Query["negotiateVersion"] == "1" ? 1 : 0;
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteNumber("negotiateVersion"u8, version);
        writer.WriteString("connectionId"u8, context.Connection.Id);
        if (version > 0)
        {
            writer.WriteString("connectionToken"u8, context.Connection.Id);
        }

        writer.WriteStartArray("availableTransports"u8);
        writer.WriteStartObject();
        writer.WriteString("transport"u8, "WebSockets"u8);
        writer.WriteStartArray("transferFormats"u8);
        writer.WriteStringValue("Text"u8);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        await writer.FlushAsync(context.RequestAborted);
    }

    /// <summary>Ends all connections, as the last thing that clients see of a sidecar that stops.</summary>
    public void CloseAll()
    {
        foreach (var socket in _sockets.Values)
        {
            socket.Connection.Abort();
        }
    }
}
