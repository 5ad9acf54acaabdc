using System.Globalization;
using System.Net;

namespace HaNatsBridge.Host.Settings;

/// <summary>
/// Where something listens: <c>127.0.0.1:4222</c>, <c>[::1]:4222</c>, <c>localhost:4222</c>, <c>*:4222</c> (every address).
/// </summary>
/// <param name="Host">An address without brackets; <c>localhost</c> and <c>*</c> are already resolved.</param>
/// <param name="Port">0 lets the system choose.</param>
public readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>The address to listen on.</summary>
    public IPAddress Address => IPAddress.Parse(Host);

    /// <summary>How a program on this machine reaches it: an any-address becomes loopback.</summary>
    public string Reachable
    {
        get
        {
            var address = Address;
            var host = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? "127.0.0.1" : Host;
            return host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{Port}" : $"{host}:{Port}";
        }
    }

    /// <summary>
    /// Reads <c>HOST:PORT</c>; false when it is anything else. A host name other than localhost is refused: a name can move, a
    /// listener cannot.
    /// </summary>
    public static bool TryParse(string? text, out HostPort value)
    {
        value = default;
        var colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0
            || !int.TryParse(text![(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > IPEndPoint.MaxPort)
        {
            return false;
        }

        var host = text[..colon] switch
        {
            "localhost" => "127.0.0.1",
            "*" => "0.0.0.0",
            ['[', .. var inner, ']'] => inner,
            var plain when plain.Contains(':', StringComparison.Ordinal) => "",
            var plain => plain,
        };
        if (!IPAddress.TryParse(host, out var address))
        {
            return false;
        }

        value = new HostPort(address.ToString(), port);
        return true;
    }

    /// <summary>As it is written in a setting.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
