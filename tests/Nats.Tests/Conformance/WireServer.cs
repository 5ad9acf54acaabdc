using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>A server for rules about single bytes: it writes down what a client sends, answers its pings, and says else only what a rule has it say.</summary>
internal sealed class WireServer : IAsyncDisposable
{
    public const string Info = "\"server_id\":\"WIRE\",\"version\":\"2.10.0\",\"proto\":1,\"max_payload\":1024,\"headers\":true";

    private static readonly NatsOpts Fast = new()
    {
        ConnectTimeout = CoreTest.Patience,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(10),
        ReconnectWaitMax = TimeSpan.FromMilliseconds(50),
        ReconnectJitter = TimeSpan.FromMilliseconds(5),
    };

    private readonly Lock _gate = new();
    private readonly StringBuilder _received = new();
    private readonly ScriptedServer _server;
    private NetworkStream? _stream;

    /// <param name="info">The members of INFO, without braces.</param>
    /// <param name="beforePong">What the server says, by the number of the connection, before it accepts it.</param>
    public WireServer(string info = Info, Func<int, string>? beforePong = null) =>
        _server = new ScriptedServer((number, stream, token) => ServeAsync(stream, info, beforePong?.Invoke(number) ?? string.Empty, token));

    public string Url => _server.Url;

    public int Port => new Uri(Url).Port;

    public int Connections => _server.Connections;

    /// <summary>All that the client of the last connection has sent.</summary>
    public string Received
    {
        get
        {
            lock (_gate)
            {
                return _received.ToString();
            }
        }
    }

    /// <summary>The options that the client sent with CONNECT.</summary>
    public JsonObject Connect => JsonNode.Parse(Received.Split("\r\n")[0]["CONNECT ".Length..])!.AsObject();

    /// <summary>A client of this server.</summary>
    public NatsConnection Client(Func<NatsOpts, NatsOpts>? configure = null)
    {
        var opts = Fast with { Url = Url };
        return new NatsConnection(configure is null ? opts : configure(opts));
    }

    /// <summary>What the client has sent since the server accepted it.</summary>
    public async Task<string> SentByAsync(NatsConnection nats, CancellationToken token)
    {
        await nats.PingAsync(token);
        return string.Concat(Received.Split("PING\r\n").Skip(1));
    }

    /// <summary>Waits until the client has sent this.</summary>
    public Task UntilAsync(string text) => Eventually.TrueAsync(() => Received.Contains(text, StringComparison.Ordinal), $"the client sends {text}");

    /// <summary>Says something to the client of the last connection.</summary>
    public Task SayAsync(string text, CancellationToken token) => ScriptedServer.SendAsync(_stream!, text, token);

    /// <summary>The same, and ends that connection, which the client may have left by then for the next one.</summary>
    public async Task SayLastAsync(string text, CancellationToken token)
    {
        var stream = _stream!;
        var socket = stream.Socket;
        await ScriptedServer.SendAsync(stream, text, token);
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client was faster.
            return;
        }
    }

    /// <summary>Ends the last connection.</summary>
    public void HangUp() => _stream!.Socket.Shutdown(SocketShutdown.Both);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(NetworkStream stream, string info, string beforePong, CancellationToken token)
    {
        lock (_gate)
        {
            _received.Clear();
            _stream = stream;
        }

        await ScriptedServer.SendAsync(stream, $"INFO {{{info}}}\r\n", token);
        var (buffer, answered) = (new byte[16 * 1024], 0);
        while (await stream.ReadAsync(buffer, token) is > 0 and var count)
        {
            int pings;
            lock (_gate)
            {
                _received.Append(Encoding.UTF8.GetString(buffer, 0, count));
                pings = _received.ToString().Split("PING\r\n").Length - 1;
            }

            for (; answered < pings; answered++)
            {
                await ScriptedServer.SendAsync(stream, answered == 0 ? beforePong + "PONG\r\n" : "PONG\r\n", token);
            }
        }
    }
}
