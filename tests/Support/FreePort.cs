using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HaNatsBridge.Tests.Support;

/// <summary>
/// Ports that nobody uses, each given once a process. They lie below those that the system gives to outgoing connections: a
/// server that is killed finds its port again, because no client that tries to reach it meanwhile gets that port as its own end.
/// Those below 14,000 belong to the suites in Python and JavaScript, which run at the same time.
/// </summary>
public static class FreePort
{
    private const int Lowest = 14_000;
    private const int LowestOutgoingOfLinux = 32_768;
    private const string OutgoingPorts = "/proc/sys/net/ipv4/ip_local_port_range";

    private static readonly int Highest = LowestOutgoing() - 1;
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <exception cref="InvalidOperationException">After a thousand tries none was free.</exception>
    public static int Next()
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var port = Random.Shared.Next(Lowest, Highest + 1);
            if (IsFree(port) && Given.TryAdd(port, true))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port between {Lowest} and {Highest}");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int LowestOutgoing()
    {
        var lowest = File.Exists(OutgoingPorts)
            ? int.Parse(File.ReadAllText(OutgoingPorts).Split()[0], CultureInfo.InvariantCulture)
            : LowestOutgoingOfLinux;

        // A system that gives out nearly all of them leaves no better choice than the common ones.
        return lowest > Lowest + 1_000 ? lowest : LowestOutgoingOfLinux;
    }
}
