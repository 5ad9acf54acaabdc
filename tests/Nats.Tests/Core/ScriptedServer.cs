using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>A hostile server: no real one sends what it sends. Each connection runs the script with the number of the connection.</summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    public const string Info = "INFO {\"server_id\":\"evil\",\"version\":\"2.9.0\",\"max_payload\":1024,\"headers\":true,\"proto\":1}\r\n";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, NetworkStream, CancellationToken, Task> _script;
    private readonly Task _accepting;

    public ScriptedServer(Func<int, NetworkStream, CancellationToken, Task> script)
    {
        _script = script;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Connections { get; private set; }

    public string Url => $"nats://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>INFO, CONNECT, PING, PONG: what a server does that means well.</summary>
    public static async Task GreetAsync(NetworkStream stream, CancellationToken token, string info = Info)
    {
        await SendAsync(stream, info, token);
        await ReadUntilAsync(stream, "PING\r\n", token);
        await SendAsync(stream, "PONG\r\n", token);
    }

    public static Task SendAsync(NetworkStream stream, string text, CancellationToken token) => stream.WriteAsync(Encoding.Latin1.GetBytes(text), token).AsTask();

    public static async Task<string> ReadUntilAsync(NetworkStream stream, string end, CancellationToken token)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().Contains(end, StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, token);
            if (count == 0)
            {
                throw new EndOfStreamException();
            }

            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client, ++Connections);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client, int number)
    {
        using (client)
        {
            try
            {
                await _script(number, client.GetStream(), _stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or EndOfStreamException)
            {
                // The client had enough, which is what the tests are about.
                return;
            }
        }
    }
}
