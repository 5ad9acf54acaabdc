using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Embedded;

/// <summary>Asks whoever listens there for its INFO, the first line of every NATS connection.</summary>
public static class ServerProbe
{
    private const int LongestInfo = 64 * 1024;

    /// <summary>How long it waits, for the connection and then for the line.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(2);

    /// <summary>The server's name; null when there is no answer, or not one of NATS.</summary>
    public static async Task<string?> NameAsync(HostPort at, CancellationToken cancellationToken)
    {
        try
        {
            var reachable = IPEndPoint.Parse(at.Reachable);
            using var info = Parse(await AskAsync(reachable.Address.ToString(), reachable.Port, cancellationToken));
            return info?.RootElement.TryGetProperty("server_name", out var name) == true ? name.GetString() : null;
        }
        catch (Exception exception) when (exception is SocketException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Whether a NATS server answers there.</summary>
    /// <exception cref="SocketException">There is no such host, or it cannot be connected to.</exception>
    /// <exception cref="TimeoutException">It cannot be connected to in time.</exception>
    public static async Task<bool> AnswersAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var info = Parse(await AskAsync(host, port, cancellationToken));
        return info is not null;
    }

    private static JsonDocument? Parse(string line)
    {
        try
        {
            return line.StartsWith("INFO ", StringComparison.Ordinal) ? JsonDocument.Parse(line[5..]) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The first line; empty where none comes.</summary>
    private static async Task<string> AskAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await client.ConnectAsync(host, port, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }

        limit.CancelAfter(Patience);
        try
        {
            return await ReadLineAsync(client.GetStream(), limit.Token);
        }
        catch (IOException)
        {
            return "";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "";
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
