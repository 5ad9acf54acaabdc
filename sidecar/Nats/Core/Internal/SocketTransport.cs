using System.Net;
using System.Net.Sockets;

namespace NATS.Client.Core.Internal;

/// <summary>Plain TCP. Socket's own value tasks do not allocate.</summary>
internal sealed class SocketTransport : ITransport
{
    private SocketTransport(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    /// <summary>One address after the other, until one takes the connection. Of the time each gets its share, so that one that does not answer leaves some to the next.</summary>
    public static async ValueTask<SocketTransport> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, TimeSpan timeout, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            using var share = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var isLast = i == addresses.Count - 1;
            try
            {
                if (!isLast)
                {
                    share.CancelAfter(timeout / addresses.Count);
                }

                return await ConnectAsync(new IPEndPoint(addresses[i], port), share.Token);
            }
            catch (Exception e) when (!isLast && !cancellationToken.IsCancellationRequested && e is SocketException or OperationCanceledException)
            {
                // Whether the host can be reached is the last address's to say.
                continue;
            }
        }
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => Socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None);

    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer) => Socket.SendAsync(buffer, SocketFlags.None, CancellationToken.None);

    public void Dispose() => Socket.Dispose();

    /// <summary>
    /// A port of this machine that nobody listens on may be the very port that the system chose for our end; TCP calls that a connection. Kept, it would take the port from the
    /// server that is about to come back.
    /// </summary>
    internal static bool IsConnectedToItself(Socket socket) => socket.LocalEndPoint is { } local && local.Equals(socket.RemoteEndPoint);

    private static async ValueTask<SocketTransport> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        // Coalescing is done by the outbound buffer; Nagle's would only add its delay.
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            if (IsConnectedToItself(socket))
            {
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            return new SocketTransport(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
