using System.Net;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded.Internal.Tls;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>How the server is configured, and how it is reached.</summary>
/// <param name="Name">Its name in its INFO.</param>
/// <param name="UnusedKey">The public key of an NKey that is never given out.</param>
/// <param name="Listen">Where it listens.</param>
/// <param name="Access">How to reach it.</param>
internal sealed record ServerPlan(string Name, string UnusedKey, HostPort Listen, ServerAccess Access)
{
    /// <summary>Where it speaks plain text and other machines hear it.</summary>
    public IEnumerable<HostPort> Exposed =>
    [
        .. !Listen.IsLoopback && Access.Tls is null ? [Listen] : Array.Empty<HostPort>(),
        .. Access.Mqtt is { Tls: null } mqtt && !mqtt.ReadListen().IsLoopback ? [mqtt.ReadListen()] : Array.Empty<HostPort>(),
    ];

    /// <summary>The names in the home's own certificate.</summary>
    public IReadOnlyList<string> NamesWith(IReadOnlyList<string> added) => ServerPlanner.NamesOf(Listen, Access.Mqtt, added);
}

/// <summary>Makes the plan from the settings; beside a sidecar, from the note of the server that runs.</summary>
internal sealed class ServerPlanner(BridgeOptions options, IDataFolder data, ServerFolder folder, HomeAuthority authority)
{
    /// <exception cref="InvalidOperationException">The settings name another server.</exception>
    /// <exception cref="SettingsException">The certificate that the settings name cannot be used.</exception>
    public ServerPlan Make()
    {
        if (options.Nats.Url is not null)
        {
            throw new InvalidOperationException("the settings name a NATS server: there is no embedded one");
        }

        var (home, system, name, unusedKey) = folder.Secrets();

        // A command beside a running sidecar speaks of that sidecar's server, with whatever flags that one was started.
        var alive = data.IsHeld ? null : folder.FindAlive()?.Note;
        var listen = alive is not null && HostPort.TryParse(alive.Listen, out var noted) ? noted : Listen();
        var mqtt = alive is not null ? alive.Mqtt : Mqtt();
        var tls = alive is null ? Tls(listen, listen, mqtt) : alive.Tls;
        if (alive is null && mqtt is not null)
        {
            mqtt = mqtt with { Tls = Tls(mqtt.ReadListen(), listen, mqtt) };
        }

        var access = new ServerAccess(
            $"{(tls is null ? "nats" : "tls")}://{listen.Reachable}",
            listen.IsLoopback,
            alive?.IsOpen ?? (listen.IsLoopback && !options.Nats.NoAnonymous),
            alive?.Prefix ?? options.Prefix,
            ("hanatsbridge", home),
            ("hanatsbridge-system", system),
            tls)
        {
            Open = alive?.Open ?? new OpenSubjects(options.Nats.OpenPublish, options.Nats.OpenSubscribe),
            Mqtt = mqtt,
        };
        return new ServerPlan(name, unusedKey, listen, access);
    }

    /// <summary>The names in the home's own certificate.</summary>
    public static IReadOnlyList<string> NamesOf(HostPort listen, MqttGateway? mqtt, IReadOnlyList<string> added)
    {
        var own = mqtt?.ReadListen() is { } at && !at.Address.Equals(IPAddress.Any) && !at.Address.Equals(IPAddress.IPv6Any)
            ? new[] { at.Host }
            : [];
        return OwnNames.For(listen, [.. added, .. own]);
    }

    private MqttGateway? Mqtt() => HostPort.TryParse(options.Nats.MqttListen, out var set)
        ? new MqttGateway(folder.ChooseMqtt(set).ToString(), set.IsLoopback && !options.Nats.NoAnonymous, null)
        : null;

    private ServerTls? Tls(HostPort at, HostPort listen, MqttGateway? mqtt)
    {
        var nats = options.Nats;
        if (nats.TlsCert is { } certificate)
        {
            CertificateFiles.Load("--nats-tls-cert", certificate, "--nats-tls-key", nats.TlsKey).Dispose();
            return new ServerTls(certificate, nats.TlsKey ?? certificate, null);
        }

        if (at.IsLoopback || nats.Plain)
        {
            return null;
        }

        // Renewed by who starts the server, and made by a command that comes before the first start.
        if (data.IsHeld || !authority.Exists)
        {
            authority.Ensure(NamesOf(listen, mqtt, nats.TlsNames));
        }

        return new ServerTls(authority.ServerFile, authority.ServerFile, authority.CaFile);
    }

    private HostPort Listen()
    {
        // Its port is not free while the server to adopt holds it.
        var noted = folder.FindAlive()?.Note;
        return options.Nats.Listen is null && noted is not null && HostPort.TryParse(noted.Listen, out var listen)
            && listen.IsLoopback
            ? listen
            : folder.ChooseListen(options.Nats.Listen);
    }
}
