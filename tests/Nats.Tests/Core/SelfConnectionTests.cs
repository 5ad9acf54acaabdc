using System.Net;
using System.Net.Sockets;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>A client that looks for a server that is down can be given the server's own port as its end of the line, and then TCP joins it with itself.</summary>
public sealed class SelfConnectionTests
{
    [Test]
    public async Task A_connection_with_oneself_is_recognised()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var address = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
        socket.Bind(address);
        await socket.ConnectAsync(address);

        SocketTransport.IsConnectedToItself(socket).ShouldBeTrue();
    }

    [Test]
    public async Task A_connection_with_somebody_else_is_not()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint);

        SocketTransport.IsConnectedToItself(socket).ShouldBeFalse();
    }
}
