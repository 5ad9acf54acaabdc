using System.Net;
using System.Net.Sockets;

namespace HaNatsBridge.Tests.Support;

/// <summary>
/// Stands between a client and a server and makes the network bad: delays, cuts the stream into small pieces, cuts connections,
/// accepts nobody. The target is asked for at each connection, so it may move.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Socket> _open = [];
    private readonly Func<int> _target;
    private readonly Task _accepting;
    private int _accepted;

    public TcpProxy(Func<int> target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public TcpProxy(int target)
        : this(() => target)
    {
    }

    public int Port { get; }

    public string Url => $"nats://127.0.0.1:{Port}";

    /// <summary>Every piece waits so long.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Bytes a piece; 0: as they come.</summary>
    public int Fragment { get; set; }

    /// <summary>After so many bytes from the server the connection is cut; 0: never.</summary>
    public int CutAfterFromServer { get; set; }

    /// <summary>After so many bytes from the client the connection is cut; 0: never.</summary>
    public int CutAfterFromClient { get; set; }

    /// <summary>Connections are taken and closed at once.</summary>
    public bool Refuse { get; set; }

    /// <summary>Nothing passes, nothing is closed: a partition.</summary>
    public bool Silent { get; set; }

    /// <summary>How many connections there have been.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Closes all connections, hard (RST).</summary>
    public void Cut()
    {
        lock (_open)
        {
            foreach (var socket in _open)
            {
                try
                {
                    socket.LingerState = new LingerOption(true, 0);
                }
                catch (Exception e) when (e is ObjectDisposedException or SocketException)
                {
                    // Closed already by an end.
                    continue;
                }

                socket.Dispose();
            }

            _open.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                if (Refuse)
                {
                    client.Dispose();
                }
                else
                {
                    _ = ServeAsync(client);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        lock (_open)
        {
            _open.Add(client);
            _open.Add(server);
        }

        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target(), _stop.Token);
            await Task.WhenAny(
                PipeAsync(client, server, () => CutAfterFromClient), PipeAsync(server, client, () => CutAfterFromServer));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other end is not there, or the test is over: the client sees a closed connection.
        }
        finally
        {
            client.Dispose();
            server.Dispose();
            lock (_open)
            {
                _open.Remove(client);
                _open.Remove(server);
            }
        }
    }

    private async Task PipeAsync(Socket from, Socket to, Func<int> cutAfter)
    {
        var buffer = new byte[16 * 1024];
        var passed = 0;
        try
        {
            while (true)
            {
                var count = await from.ReceiveAsync(buffer, SocketFlags.None, _stop.Token);
                if (count == 0)
                {
                    return;
                }

                while (Silent)
                {
                    await Task.Delay(10, _stop.Token);
                }

                var limit = cutAfter();
                var last = limit > 0 && passed + count >= limit;
                count = last ? Math.Max(limit - passed, 0) : count;
                await SendAsync(to, buffer.AsMemory(0, count));
                passed += count;
                if (last)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        var piece = Fragment > 0 ? Fragment : bytes.Length;
        while (bytes.Length > 0)
        {
            if (Delay > TimeSpan.Zero)
            {
                await Task.Delay(Delay, _stop.Token);
            }

            var count = Math.Min(piece, bytes.Length);
            await to.SendAsync(bytes[..count], SocketFlags.None, _stop.Token);
            bytes = bytes[count..];
        }
    }
}
