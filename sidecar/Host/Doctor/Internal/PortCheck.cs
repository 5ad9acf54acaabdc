using System.Net;
using System.Net.Sockets;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Doctor.Internal;

/// <summary>Whether something could listen there.</summary>
internal static class PortCheck
{
    public static Finding Examine(HostPort at, string who, string flag)
    {
        using var socket = new Socket(at.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(at.Address, at.Port));
            socket.Listen(1);
            return Finding.Ok($"{at} is free for {who}");
        }
        catch (SocketException exception)
        {
            return Finding.Error(
                $"{who} cannot listen on {at}: {exception.Message}",
                $"Stop what runs there, or choose another place with {flag}.");
        }
    }
}
