using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace HaNatsBridge.Nats.Bench;

/// <summary>
/// The floor: the same bytes through the same server, written ready-made in blocks of 64 KiB and read without looking at more than their number. Nothing that speaks to
/// the server over a .NET socket can be faster.
/// </summary>
public sealed class RawSocket : IAsyncDisposable
{
    private const int BlockSize = 64 * 1024;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[BlockSize * 4];
    private byte[]? _repeated;
    private byte[] _block = [];

    private RawSocket()
    {
    }

    public static async Task<RawSocket> ConnectAsync(int port)
    {
        var raw = new RawSocket();
        await raw._socket.ConnectAsync(IPAddress.Loopback, port);
        await raw.ReadUntilAsync("\r\n"u8.ToArray());
        await raw.SendAsync("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\n"u8.ToArray());
        await raw.FlushAsync();
        return raw;
    }

    public static byte[] Publish(string subject, string? replyTo, byte[] payload, string? headers = null)
    {
        var reply = replyTo is null ? string.Empty : replyTo + " ";
        var head = headers is null
            ? $"PUB {subject} {reply}{payload.Length}\r\n"
            : $"HPUB {subject} {reply}{headers.Length} {headers.Length + payload.Length}\r\n{headers}";
        return [.. Encoding.ASCII.GetBytes(head), .. payload, (byte)'\r', (byte)'\n'];
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None)..];
        }
    }

    /// <summary>Sends the message so many times, in blocks that are made once.</summary>
    public async Task SendManyAsync(byte[] message, int count)
    {
        var perBlock = Math.Max(1, BlockSize / message.Length);
        if (!ReferenceEquals(message, _repeated))
        {
            _repeated = message;
            _block = [.. Enumerable.Repeat(message, perBlock).SelectMany(static x => x)];
        }

        for (; count >= perBlock; count -= perBlock)
        {
            await SendAsync(_block);
        }

        await SendAsync(_block.AsMemory(0, count * message.Length));
    }

    /// <summary>Sends, and receives a message of so many bytes.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOnlyMemory<byte>> ExchangeAsync(byte[] message, int bytes)
    {
        await SendAsync(message);
        return await ReceiveMessageAsync(bytes);
    }

    public async Task FlushAsync()
    {
        await SendAsync("PING\r\n"u8.ToArray());
        await ReadUntilAsync("PONG\r\n"u8.ToArray());
    }

    /// <summary>Receives so many bytes.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReceiveAsync(long bytes)
    {
        while (bytes > 0)
        {
            bytes -= await _socket.ReceiveAsync(_buffer, SocketFlags.None);
        }
    }

    /// <summary>Receives one message of so many bytes, alone on its way but for the server's PING.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOnlyMemory<byte>> ReceiveMessageAsync(int bytes)
    {
        var received = 0;
        while (received < bytes)
        {
            received += await _socket.ReceiveAsync(_buffer.AsMemory(received), SocketFlags.None);
            if (_buffer.AsSpan(0, received).StartsWith("PING\r\n"u8))
            {
                received -= "PING\r\n".Length;
                _buffer.AsSpan("PING\r\n".Length, received).CopyTo(_buffer);
            }
        }

        return _buffer.AsMemory(0, bytes);
    }

    /// <summary>Receives one batch; its bytes.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReceiveSomeAsync() => _buffer.AsMemory(0, await _socket.ReceiveAsync(_buffer, SocketFlags.None));

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ReadUntilAsync(byte[] end)
    {
        while (!(await ReceiveSomeAsync()).Span.EndsWith(end))
        {
            // The greeting and the PONG come alone.
            continue;
        }
    }
}
