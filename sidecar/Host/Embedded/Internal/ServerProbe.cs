using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>Asks whoever listens there for its INFO, the first line of every NATS connection.</summary>
internal static class ServerProbe
{
    private const int LongestInfo = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The server's name; null when there is no answer, or not one of NATS.</summary>
    public static async Task<string?> NameAsync(HostPort at, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var reachable = IPEndPoint.Parse(at.Reachable);
            using var client = new TcpClient(reachable.AddressFamily);
            await client.ConnectAsync(reachable, limit.Token);
            var line = await ReadLineAsync(client.GetStream(), limit.Token);
            if (!line.StartsWith("INFO ", StringComparison.Ordinal))
            {
                return null;
            }

            using var info = JsonDocument.Parse(line[5..]);
            return info.RootElement.TryGetProperty("server_name", out var name) ? name.GetString() : null;
        }
        catch (Exception exception) when (exception is SocketException or IOException or JsonException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task<string> ReadLineAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestInfo];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                break;
            }

            var end = buffer.AsSpan(length, read).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return Encoding.UTF8.GetString(buffer, 0, length + end).TrimEnd('\r');
            }

            length += read;
        }

        return "";
    }
}
