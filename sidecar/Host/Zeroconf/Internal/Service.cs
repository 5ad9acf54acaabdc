using System.Globalization;
using System.Net;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Zeroconf.Internal;

/// <summary>What is advertised, and its records. The names have the bridge id and the machine: they are nobody else's.</summary>
internal sealed class Service
{
    private const string Domain = "local";
    private const string Kind = "_hanatsbridge._tcp." + Domain;
    private const string Kinds = "_services._dns-sd._udp." + Domain;
    private const int LongestMachine = 32;

    private readonly string _instance;
    private readonly string _host;
    private readonly int _port;
    private readonly string[] _texts;

    public Service(string bridgeId, string machine, HostPort listen, bool isTls)
    {
        var name = Label(machine);
        _instance = $"HaNatsBridge {bridgeId} {name}.{Kind}";
        _host = $"hanatsbridge-{bridgeId}-{name}.{Domain}".ToLowerInvariant();
        _port = listen.Port;
        _texts =
        [
            $"bridge_id={bridgeId}",
            string.Create(CultureInfo.InvariantCulture, $"schema={HelloRequest.CurrentSchema}"),
            $"version={Product.Version}",
            $"name={name}",
            $"scheme={(isTls ? "https" : "http")}",
        ];
        Names = new HashSet<string>([Kinds, Kind, _instance, _host], StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The names whose records it has.</summary>
    public IReadOnlySet<string> Names { get; }

    /// <summary>All records in one message, as they are announced and answered.</summary>
    /// <param name="address">Where the hub is reached in the network in which the message is sent.</param>
    /// <param name="isGoodbye">Whether they hold no longer.</param>
    public byte[] Records(IPAddress address, bool isGoodbye)
    {
        var writer = new DnsWriter(isGoodbye);
        if (!isGoodbye)
        {
            // Others may advertise services of the kind.
            writer.Pointer(Kinds, Kind);
        }

        writer.Pointer(Kind, _instance);
        writer.Location(_instance, _port, _host);
        writer.Texts(_instance, _texts);
        writer.Address(_host, address);
        return writer.Message();
    }

    /// <summary>The machine's name as a part of a label: letters, digits and hyphens.</summary>
    private static string Label(string machine)
    {
        var first = machine.Split('.')[0];
        var name = new string([.. first.Where(c => char.IsAsciiLetterOrDigit(c) || c == '-').Take(LongestMachine)]).Trim('-');
        return name.Length == 0 ? "machine" : name;
    }
}
