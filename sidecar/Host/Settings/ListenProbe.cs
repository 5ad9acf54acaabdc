using System.Net;
using System.Net.Sockets;

namespace HaNatsBridge.Host.Settings;

/// <summary>Whether a program could listen at an address now.</summary>
public static class ListenProbe
{
    /// <summary>Whether it could.</summary>
    public static bool IsFree(HostPort at) => TryListen(at) is null;

    /// <summary>Why it could not and what to do, in one or two sentences; null where it could.</summary>
    /// <param name="at">The address and port.</param>
    /// <param name="flag">The setting that chooses another one.</param>
    public static string? ProblemOf(HostPort at, string flag) => TryListen(at) is { } failed
        ? failed.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => Taken(at, flag),
            SocketError.AddressNotAvailable => $"{at} is no address of this machine. Choose another with {flag}.",
            SocketError.AccessDenied =>
                $"This user may not listen on {at}: ports below 1024 are the system's. Choose another with {flag}.",
            _ => $"{at} cannot be listened on: {failed.Message}. Choose another with {flag}.",
        }
        : null;

    /// <summary>What to say where the address turns out to be taken.</summary>
    public static string Taken(HostPort at, string flag) =>
        $"{at} is taken by another program. Stop it, or choose another address or port with {flag}.";

    private static SocketException? TryListen(HostPort at)
    {
        try
        {
            using var socket = new Socket(at.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(at.Address, at.Port));
            socket.Listen(1);
            return null;
        }
        catch (SocketException exception)
        {
            return exception;
        }
    }
}
