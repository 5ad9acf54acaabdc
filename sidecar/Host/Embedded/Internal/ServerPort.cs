using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>
/// A port that the server uses at every start: below those that the system gives to outgoing connections. One of those may be in
/// use when the server is started again, even by a client that tries to reach it.
/// </summary>
internal static class ServerPort
{
    private const int Lowest = 10_000;
    private const int Attempts = 200;
    private const string OutgoingPorts = "/proc/sys/net/ipv4/ip_local_port_range";
    private const int LowestOutgoingOfLinux = 32_768;

    /// <summary>A free one; where none was found below, the system's choice.</summary>
    public static int Find(HostPort at)
    {
        var end = LowestOutgoing();
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = Random.Shared.Next(Lowest, end);
            if (ListenProbe.IsFree(at with { Port = port }))
            {
                return port;
            }
        }

        using var socket = new Socket(at.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(at.Address, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static int LowestOutgoing()
    {
        var text = File.Exists(OutgoingPorts) ? File.ReadAllText(OutgoingPorts).Split()[0] : "";
        var isGiven = int.TryParse(text, CultureInfo.InvariantCulture, out var lowest) && lowest > Lowest;
        return isGiven ? lowest : LowestOutgoingOfLinux;
    }
}
