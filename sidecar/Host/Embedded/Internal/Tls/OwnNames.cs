using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Embedded.Internal.Tls;

/// <summary>The names by which clients may reach the server: the certificate is for them.</summary>
internal static class OwnNames
{
    /// <summary>
    /// This machine's name (also as mDNS has it), loopback, its IPv4 addresses, where the server listens, and what the settings
    /// add. No other IPv6 addresses: many of them change by the day.
    /// </summary>
    public static IReadOnlyList<string> For(HostPort listen, IReadOnlyList<string> added)
    {
        var host = Dns.GetHostName();
        var names = new List<string>(added) { "localhost", host };
        if (!host.Contains('.', StringComparison.Ordinal))
        {
            names.Add($"{host}.local");
        }

        names.AddRange(["127.0.0.1", "::1"]);
        if (!listen.Address.Equals(IPAddress.Any) && !listen.Address.Equals(IPAddress.IPv6Any))
        {
            names.Add(listen.Host);
        }

        names.AddRange(Addresses());
        return [.. names.Where(SettingValue.IsHostName).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static IEnumerable<string> Addresses()
    {
        try
        {
            return
            [
                .. from network in NetworkInterface.GetAllNetworkInterfaces()
                where network.OperationalStatus == OperationalStatus.Up
                from one in network.GetIPProperties().UnicastAddresses
                where one.Address.AddressFamily == AddressFamily.InterNetwork
                orderby one.Address.ToString()
                select one.Address.ToString(),
            ];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }
}
