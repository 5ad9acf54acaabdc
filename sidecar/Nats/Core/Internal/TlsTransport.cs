using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace NATS.Client.Core.Internal;

/// <summary>TLS over a connected socket.</summary>
internal sealed class TlsTransport : ITransport
{
    private readonly SslStream _stream;

    private TlsTransport(SslStream stream) => _stream = stream;

    public static async ValueTask<TlsTransport> AuthenticateAsync(Socket socket, SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(options, cancellationToken);
            return new TlsTransport(stream);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => _stream.ReadAsync(buffer, CancellationToken.None);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer)
    {
        await _stream.WriteAsync(buffer, CancellationToken.None);
        return buffer.Length;
    }

    public void Dispose() => _stream.Dispose();
}
