using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

/// <summary>A client of the hub that speaks SignalR's JSON protocol by hand, as the integration does.</summary>
public sealed class HubClient : IAsyncDisposable
{
    private const byte RecordEnd = 0x1E;

    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly ConcurrentDictionary<string, Channel<JsonElement>> _streams = new();
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _sending = new(1);
    private Task _reading = Task.CompletedTask;
    private int _lastId;

    private HubClient()
    {
    }

    /// <summary>Completes when the server has closed.</summary>
    public Task Closed => _reading;

    /// <summary>Set to stop reading from the socket, as a paused client does.</summary>
    public ManualResetEventSlim MayRead { get; } = new(true);

    public static async Task<HubClient> ConnectAsync(Uri url, string token, bool hello = true)
    {
        var client = new HubClient();
        client._socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        await client._socket.ConnectAsync(new UriBuilder(url) { Scheme = "ws", Path = "/hub" }.Uri, CancellationToken.None);
        await client.SendAsync("""{"protocol":"json","version":1}""");
        client._reading = client.ReadAsync();
        if (hello)
        {
            (await client.CallAsync("Hello", """{"name":"test","version":"1","platform_version":null,"schema":1,"instance":"i1"}"""))
                .TryGetProperty("error", out var error).ShouldBeFalse(error.ToString());
        }

        return client;
    }

    /// <summary>Calls with arguments that are JSON already.</summary>
    public async Task<JsonElement> CallAsync(string method, params string[] arguments)
    {
        var id = Interlocked.Increment(ref _lastId).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var call = _calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync($$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":[{{string.Join(',', arguments)}}]}""");
        return await call.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Listens; frames end with the stream.</summary>
    public async Task<ChannelReader<JsonElement>> ListenAsync(string? epoch = null, long? since = null, ulong? lastEvent = null, string? eventEpoch = null)
    {
        var id = Interlocked.Increment(ref _lastId).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var frames = _streams[id] = Channel.CreateUnbounded<JsonElement>();
        var position = JsonSerializer.Serialize(new { epoch, since, last_event = lastEvent, event_epoch = eventEpoch });
        await SendAsync($$"""{"type":4,"invocationId":"{{id}}","target":"Listen","arguments":[{{position}}]}""");
        return frames.Reader;
    }

    /// <summary>Sends one record as it is.</summary>
    public async Task SendAsync(string record)
    {
        await _sending.WaitAsync();
        try
        {
            byte[] bytes = [.. Encoding.UTF8.GetBytes(record), RecordEnd];
            await _socket.SendAsync(bytes, WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_end.IsCancellationRequested)
        {
            return;
        }

        MayRead.Set();
        await _end.CancelAsync();
        _socket.Abort();
        await _reading;
        _socket.Dispose();
    }

    private async Task ReadAsync()
    {
        var pending = new List<byte>();
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                await Task.Yield();
                MayRead.Wait(_end.Token);
                var received = await _socket.ReceiveAsync(buffer, _end.Token);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                pending.AddRange(buffer.AsSpan(0, received.Count));
                for (var end = pending.IndexOf(RecordEnd); end >= 0; end = pending.IndexOf(RecordEnd))
                {
                    Handle(pending.GetRange(0, end).ToArray());
                    pending.RemoveRange(0, end + 1);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            TestContextLog(e.Message);
        }
        finally
        {
            foreach (var stream in _streams.Values)
            {
                stream.Writer.TryComplete();
            }

            foreach (var call in _calls.Values)
            {
                call.TrySetException(new IOException("the connection is closed"));
            }
        }
    }

    private static void TestContextLog(string message) => NUnit.Framework.TestContext.Progress.WriteLine($"hub client: {message}");

    private void Handle(byte[] record)
    {
        if (record.Length <= 2)
        {
            return; // the handshake's {}
        }

        var message = JsonDocument.Parse(record).RootElement;
        var type = message.TryGetProperty("type", out var t) ? t.GetInt32() : 0;
        var id = message.TryGetProperty("invocationId", out var i) ? i.GetString()! : "";
        switch (type)
        {
            case 2 when _streams.TryGetValue(id, out var frames):
                frames.Writer.TryWrite(message.GetProperty("item"));
                break;
            case 3 when _streams.TryGetValue(id, out var stream):
                stream.Writer.TryComplete();
                break;
            case 3 when _calls.TryRemove(id, out var call):
                if (message.TryGetProperty("error", out var error))
                {
                    call.TrySetException(new InvalidOperationException(error.GetString()));
                }
                else
                {
                    call.TrySetResult(message.GetProperty("result"));
                }

                break;
        }
    }
}
