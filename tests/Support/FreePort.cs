using System.Net;
using System.Net.Sockets;

namespace HaNatsBridge.Tests.Support;

/// <summary>Ports that nobody uses. Asked from the system, which does not give the same one again soon.</summary>
public static class FreePort
{
    public static int Next()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
