using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

/// <summary>A client of the hub: SignalR's own .NET client over a WebSocket that a test can stop reading.</summary>
public sealed class HubClient : IAsyncDisposable
{
    private readonly HubConnection _connection;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HubClient(Uri url, string token)
    {
        _connection = new HubConnectionBuilder()
            .WithUrl(new Uri(url, "/hub"), options =>
            {
                options.Transports = HttpTransportType.WebSockets;
                options.SkipNegotiation = true;
                options.WebSocketFactory = async (context, cancellationToken) => await PausableWebSocket.ConnectAsync(
                    context.Uri, token, MayRead, cancellationToken);
            })
            .Build();
        _connection.Closed += _ =>
        {
            _closed.TrySetResult();
            return Task.CompletedTask;
        };
    }

    /// <summary>Completes when the connection is closed.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Reset to stop reading from the socket, as a paused client does.</summary>
    public ManualResetEventSlim MayRead { get; } = new(true);

    /// <summary>Connects and, by default, says hello.</summary>
    public static async Task<HubClient> ConnectAsync(Uri url, string token, bool hello = true)
    {
        var client = new HubClient(url, token);
        await client._connection.StartAsync();
        if (hello)
        {
            (await client.CallAsync(
                "Hello", """{"name":"test","version":"1","platform_version":null,"schema":1,"instance":"i1"}"""))
                .TryGetProperty("error", out var error).ShouldBeFalse(error.ToString());
        }

        return client;
    }

    /// <summary>Calls with arguments that are JSON already.</summary>
    /// <exception cref="InvalidOperationException">The hub answered with SignalR's own error.</exception>
    /// <exception cref="IOException">The connection was closed before the answer.</exception>
    public async Task<JsonElement> CallAsync(string method, params string[] arguments)
    {
        try
        {
            return await _connection.InvokeCoreAsync<JsonElement>(method, [.. arguments.Select(Json)]).WaitAsync(
                TimeSpan.FromSeconds(30));
        }
        catch (HubException e)
        {
            throw new InvalidOperationException(e.Message, e);
        }
        catch (Exception e) when (_connection.State != HubConnectionState.Connected)
        {
            throw new IOException("the connection is closed", e);
        }
    }

    /// <summary>Listens; frames end with the stream.</summary>
    public async Task<ChannelReader<JsonElement>> ListenAsync(
        string? epoch = null, long? since = null, ulong? lastEvent = null, string? eventEpoch = null)
    {
        var position = JsonSerializer.SerializeToElement(new { epoch, since, last_event = lastEvent, event_epoch = eventEpoch });
        return await StreamAsync("Listen", position);
    }

    /// <summary>Subscribes to a subject; items end with the stream.</summary>
    public Task<ChannelReader<JsonElement>> SubscribeAsync(string subject) => StreamAsync("Subscribe", subject);

    public async ValueTask DisposeAsync()
    {
        MayRead.Set();
        await _connection.DisposeAsync();
    }

    private async Task<ChannelReader<JsonElement>> StreamAsync(string method, object argument)
    {
        var source = await _connection.StreamAsChannelAsync<JsonElement>(method, argument);
        var frames = Channel.CreateUnbounded<JsonElement>();
        _ = CopyAsync(source, frames.Writer);
        return frames.Reader;
    }

    /// <summary>A stream that ends with its connection just ends.</summary>
    private static async Task CopyAsync(ChannelReader<JsonElement> from, ChannelWriter<JsonElement> to)
    {
        try
        {
            await foreach (var frame in from.ReadAllAsync())
            {
                to.TryWrite(frame);
            }
        }
        catch (Exception e)
        {
            await NUnit.Framework.TestContext.Progress.WriteLineAsync($"hub client: {e.Message}");
        }
        finally
        {
            to.TryComplete();
        }
    }

    private static object? Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
