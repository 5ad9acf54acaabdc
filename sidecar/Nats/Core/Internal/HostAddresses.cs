using System.Net;
using System.Net.Sockets;

namespace NATS.Client.Core.Internal;

/// <summary>The addresses of a host in the order in which to try them (ADR-11): at random, so that clients spread over the servers behind one name, unless servers are to be tried as given.</summary>
internal static class HostAddresses
{
    /// <exception cref="SocketException">The name is not known.</exception>
    public static async ValueTask<IPAddress[]> ResolveAsync(string host, bool randomize, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        var all = await Dns.GetHostAddressesAsync(host, cancellationToken);
        return all.Length > 0 ? InOrder(all, randomize) : throw new SocketException((int)SocketError.HostNotFound);
    }

    public static IPAddress[] InOrder(IPAddress[] resolved, bool randomize)
    {
        IPAddress[] order = [.. resolved];
        if (randomize)
        {
            Random.Shared.Shuffle(order);
        }

        return order;
    }
}
