using System.Net;
using System.Net.Sockets;

namespace NATS.Client.Core.Internal;

/// <summary>Plain TCP. Socket's own value tasks do not allocate.</summary>
internal sealed class SocketTransport : ITransport
{
    private SocketTransport(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    public static async ValueTask<SocketTransport> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        // Coalescing is done by the outbound buffer; Nagle's would only add its delay.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new DnsEndPoint(host, port), cancellationToken);
            return new SocketTransport(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => Socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None);

    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer) => Socket.SendAsync(buffer, SocketFlags.None, CancellationToken.None);

    public void Dispose() => Socket.Dispose();
}
