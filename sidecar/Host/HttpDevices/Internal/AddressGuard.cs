using System.Net;
using System.Net.Sockets;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>
/// Opens the connections of one device, and refuses addresses that only this machine or the local network has. A host that the
/// settings name may be in the local network; loopback and link-local addresses must themselves be named (or
/// <c>localhost</c>). The address that is checked is the one that is connected to, so no second answer of DNS can change it.
/// </summary>
internal sealed class AddressGuard(IReadOnlySet<string> named)
{
    private static readonly (IPNetwork Network, bool IsOfThisLink)[] Private =
    [
        .. from text in new[]
           {
               "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7",
           }
           select (IPNetwork.Parse(text), false),
        .. from text in new[]
           {
               "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "198.18.0.0/15", "224.0.0.0/3", "::/127", "fe80::/10",
               "fec0::/10", "ff00::/8", "64:ff9b::/96", "2002::/16", "2001::/32",
           }
           select (IPNetwork.Parse(text), true),
    ];

    /// <exception cref="HttpRequestException">No address of the host may be, or can be, connected to.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host.Trim('[', ']'), context.DnsEndPoint.Port);
        var all = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        var allowed = Array.FindAll(all, address => Allows(host, address));
        if (allowed.Length == 0)
        {
            throw new HttpRequestException($"{host} is at an address of the local network that bridge.yaml does not name");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether a host may be at an address.</summary>
    public bool Allows(string host, IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var found = Array.FindIndex(Private, one => one.Network.Contains(plain));
        if (found < 0)
        {
            return true;
        }

        var isLiteral = IPAddress.TryParse(host, out _) || host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        return (named.Contains(host) || named.Contains($"[{host}]")) && (isLiteral || !Private[found].IsOfThisLink);
    }
}
