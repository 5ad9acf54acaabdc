using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace HaNatsBridge.Host.Embedded;

/// <summary>
/// Embedded: the nats-server that runs when no other is configured. It runs in a session of its own and outlives a killed
/// sidecar; the next one adopts it, or restarts it where settings changed. It inherits a lock on its store, so the kernel itself
/// says whether one runs: never two on one store. <c>nats/</c> in the data folder: <c>server.conf</c> and <c>users.conf</c>
/// (written at every start), <c>secrets</c>, <c>server.json</c> (the note of what runs), <c>listen</c> (the chosen port),
/// <c>store/</c>, <c>tls/</c> (<see cref="ServerTls"/>), <c>nats-server.log</c>. Accounts HOME and SYS are there from the first day.
/// </summary>
public static class EmbeddedFeature
{
    /// <summary>How the server is started.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Text(
            "Nats:Listen", "--nats-listen", "HOST:PORT", "Where the embedded server listens",
            (o, v) => o with { Nats = o.Nats with { Listen = SettingValue.Endpoint(v) } }) with { Default = "127.0.0.1:4222" },
        Setting.Switch(
            "Nats:NoAnonymous", "--no-anonymous", "Nobody without credentials comes in, not even from this machine",
            (o, v) => o with { Nats = o.Nats with { NoAnonymous = v } }),
        Setting.Text(
            "Nats:TlsCert", "--nats-tls-cert", "FILE", "Certificate (PEM) of the embedded server",
            (o, v) => o with { Nats = o.Nats with { TlsCert = SettingValue.ExistingFile(v) } }) with
        {
            Default = "the home's own, where other machines reach the server",
        },
        Setting.Text(
            "Nats:TlsKey", "--nats-tls-key", "FILE", "Its private key (PEM)",
            (o, v) => o with { Nats = o.Nats with { TlsKey = SettingValue.ExistingFile(v) } }),
        new(
            "Nats:TlsName", "--nats-tls-name", "NAME", "A further name or address in the home's own certificate",
            (o, v) => o with { Nats = o.Nats with { TlsNames = [.. SettingValue.List(v).Select(SettingValue.HostName)] } })
        {
            IsList = true,
        },
        Setting.Switch(
            "Nats:Plain", "--nats-plain", "Plain text also where other machines reach the embedded server",
            (o, v) => o with { Nats = o.Nats with { Plain = v } }),
        Setting.Text(
            "Mqtt:Listen", "--mqtt-listen", "HOST:PORT", "Where the embedded server takes MQTT clients",
            (o, v) => o with { Nats = o.Nats with { MqttListen = SettingValue.Endpoint(v) } }) with { Default = "nowhere" },
        Setting.Text(
            "Nats:ServerProgram", "--nats-server", "FILE", "The embedded server's program",
            (o, v) => o with { Nats = o.Nats with { ServerProgram = v } }) with { Default = "nats-server on the PATH" },
    ];

    /// <summary>
    /// Registers <see cref="IEmbeddedServer"/> and whoever keeps it running. First of the features: it is stopped last.
    /// </summary>
    public static IServiceCollection AddEmbedded(this IServiceCollection services) => services
        .AddEmbeddedAccess()
        .AddSingleton<ServerSupervisor>()
        .AddSingleton<IHealthContributor>(provider => provider.GetRequiredService<ServerSupervisor>())
        .AddHostedService(provider => provider.GetRequiredService<ServerSupervisor>());

    /// <summary>Looks whether the server could listen where the settings say; starts and changes nothing.</summary>
    /// <exception cref="EmbeddedServerException">It could not; the message says why and what to do.</exception>
    public static void RequireListen(BridgeOptions options, IDataFolder folder, TimeProvider time) =>
        new EmbeddedServer(options, folder, [], time, NullLogger<EmbeddedServer>.Instance).RequireListen();

    /// <summary>Stops the server that a host left running on the data folder for the next one, if there is one.</summary>
    public static Task StopAsync(BridgeOptions options, IDataFolder folder, TimeProvider time) =>
        new EmbeddedServer(options, folder, [], time, NullLogger<EmbeddedServer>.Instance).StopAsync(CancellationToken.None);

    /// <summary>Registers <see cref="IEmbeddedServer"/> alone, for a command beside a sidecar.</summary>
    public static IServiceCollection AddEmbeddedAccess(this IServiceCollection services) => services
        .AddSingleton<EmbeddedServer>()
        .AddSingleton<IEmbeddedServer>(provider => provider.GetRequiredService<EmbeddedServer>());
}
