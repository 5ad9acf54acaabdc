using System.Collections.Concurrent;
using System.Text.Json;
using HaNatsBridge.Host.HomeAssistant.Internal.Hub;
using Microsoft.AspNetCore.SignalR;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Transport;

/// <summary>
/// The hub's address: SignalR's negotiation, which here chooses nothing, and the upgrade to a WebSocket, the only transport.
/// </summary>
internal sealed class HubEndpoint(HubConnectionHandler<BridgeHub> hub, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>
    /// A client that does not accept a message for so long is cut; ClientSessions has sent it the reason before.
    /// </summary>
    private static readonly TimeSpan MaySend = ClientSessions.MayBeSlow + TimeSpan.FromSeconds(30);

    /// <summary>How long a client may take to answer the end of a connection.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, HubSocket> _sockets = new(StringComparer.Ordinal);

    /// <summary>For measuring: without it SignalR's own transport serves the hub.</summary>
    public static bool IsOn => Environment.GetEnvironmentVariable("BRIDGE_OWN_TRANSPORT") != "0";

    /// <summary>Maps the hub in SignalR's place.</summary>
    public static void Map(IEndpointRouteBuilder routes, string path)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<HubEndpoint>();
        endpoint.CloseAllWhenStopping();
        routes.MapGet(path, (RequestDelegate)endpoint.ServeAsync);
        routes.MapPost($"{path}/negotiate", (RequestDelegate)NegotiateAsync);
    }

    /// <summary>Serves one client until its connection ends.</summary>
    private async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("The hub speaks WebSocket only.", context.RequestAborted);
            return;
        }

        var accept = new WebSocketAcceptContext { KeepAliveInterval = Timeout.InfiniteTimeSpan };
        using var webSocket = await context.WebSockets.AcceptWebSocketAsync(accept);
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

    /// <summary>
    /// Answers a client that negotiates first
    /// (https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/TransportProtocols.md).
    /// </summary>
    private static async Task NegotiateAsync(HttpContext context)
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

    private void CloseAllWhenStopping() => lifetime.ApplicationStopping.Register(() =>
    {
        foreach (var socket in _sockets.Values)
        {
            socket.Connection.Abort();
        }
    });
}
