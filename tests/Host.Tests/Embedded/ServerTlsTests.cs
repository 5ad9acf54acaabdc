using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Embedded.Internal.Tls;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Simulation;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Embedded;

/// <summary>The embedded server speaks TLS where other machines reach it, and where a certificate is given.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class ServerTlsTests(string program)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly DeviceId Desk = new("lamp", "desk");

    [Test]
    public async Task Beyond_loopback_it_has_a_certificate_of_the_homes_own_authority_and_devices_verify_it()
    {
        await using var home = await StartAsync(o => o with { Listen = "0.0.0.0:0" });
        home.NatsUrl.ShouldStartWith("tls://127.0.0.1:");
        var made = await home.Get<IFleet>().AddDeviceAsync(Desk, [], false, CancellationToken.None);
        made.IsLive.ShouldBeTrue(made.Trouble);
        var ca = made.Server.Tls!.CaFile.ShouldNotBeNull();
        var port = new Uri(home.NatsUrl).Port;
        await using var sub = await home.Link.Home.SubscribeCoreAsync<string>("home.devices.lamp.desk.>");
        await home.Link.Home.PingAsync();

        foreach (var host in new[] { "127.0.0.1", "localhost" })
        {
            await using var device = Client(made, $"tls://{host}:{port}", new NatsTlsOpts { CaFile = ca });
            await device.PublishAsync("home.devices.lamp.desk.state", host);
            using var limit = new CancellationTokenSource(Patience);
            (await sub.Msgs.ReadAsync(limit.Token)).Data.ShouldBe(host);
        }

        await using var plain = Client(made, $"nats://127.0.0.1:{port}", new NatsTlsOpts { Mode = TlsMode.Disable });
        await Should.ThrowAsync<NatsException>(async () => await plain.ConnectAsync());
        await using var trusting = Client(made, $"tls://127.0.0.1:{port}", NatsTlsOpts.Default);
        await Should.ThrowAsync<NatsException>(async () => await trusting.ConnectAsync());
    }

    [Test]
    public async Task The_library_for_devices_and_simulated_devices_connect_with_it()
    {
        await using var home = await StartAsync(
            o => o with { Listen = "0.0.0.0:0" }, services => services.AddFleet().AddSimulation(), o => o with { Simulate = 1 });
        await using var sub = await home.Link.Home.SubscribeCoreAsync<string>("home.discovery.announce.>");
        await using var simulated = await home.Link.Home.SubscribeCoreAsync<string>("home.discovery.announce");
        await home.Link.Home.PingAsync();
        var made = await home.Get<IFleet>().AddDeviceAsync(Desk, [], false, CancellationToken.None);
        var connection = new DeviceConnection(new DeviceConnectionOptions
        {
            Url = made.Server.Url, CaFile = made.Server.Tls!.CaFile, Seed = made.Secret, CredentialOf = "lamp.desk",
        });
        connection.Add(new Device(new DeviceDescription("lamp", "desk", new { name = "Desk lamp" })));
        using var end = new CancellationTokenSource(Patience);
        var running = connection.RunAsync(end.Token);

        (await sub.Msgs.ReadAsync(end.Token)).Subject.ShouldBe("home.discovery.announce.lamp.desk");
        (await simulated.Msgs.ReadAsync(end.Token)).Data.ShouldNotBeNull();
        await end.CancelAsync();
        await running;
    }

    [Test]
    public async Task On_purpose_it_speaks_plain_text_and_a_password_is_known_to_be_exposed()
    {
        await using var home = await StartAsync(o => o with { Listen = "0.0.0.0:0", Plain = true });
        home.NatsUrl.ShouldStartWith("nats://");
        var password = await home.Get<IFleet>().AddDeviceAsync(Desk, [], true, CancellationToken.None);
        var key = await home.Get<IFleet>().AddDeviceAsync(new DeviceId("lamp", "wall"), [], false, CancellationToken.None);

        password.IsPasswordExposed.ShouldBeTrue();
        key.IsPasswordExposed.ShouldBeFalse();
        await using var device = Client(password, home.NatsUrl, new NatsTlsOpts { Mode = TlsMode.Disable });
        await device.ConnectAsync();
        Log(home).ShouldContain("speaks plain text");
        File.Exists(home.Folder.PathOf("nats", "tls", "server.pem")).ShouldBeFalse();
    }

    [Test]
    public async Task On_loopback_it_speaks_plain_text_and_there_is_nothing_to_warn_of()
    {
        await using var home = await StartAsync(o => o);
        home.NatsUrl.ShouldStartWith("nats://");
        (await home.Get<IFleet>().AddDeviceAsync(Desk, [], true, CancellationToken.None)).IsPasswordExposed.ShouldBeFalse();
        Log(home).ShouldNotContain("plain text");
    }

    /// <summary>It has the names of clients on other machines; the sidecar knows it by itself.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public async Task A_given_certificate_is_used_also_on_loopback_whatever_its_names(bool withKeyFile)
    {
        using var temp = new TempFolder();
        var (certificate, key) = SelfSigned(temp, "nats.example.org");
        if (!withKeyFile)
        {
            await File.AppendAllTextAsync(certificate, "\n" + await File.ReadAllTextAsync(key));
        }

        await using var home = await StartAsync(o => o with { TlsCert = certificate, TlsKey = withKeyFile ? key : null });
        home.NatsUrl.ShouldStartWith("tls://");
        home.Link.IsUp.ShouldBeTrue();
        var made = await home.Get<IFleet>().AddDeviceAsync(Desk, [], false, CancellationToken.None);
        made.IsLive.ShouldBeTrue(made.Trouble);
        made.Server.Tls!.CaFile.ShouldBeNull();
        Directory.Exists(home.Folder.PathOf("nats", "tls")).ShouldBeFalse();

        await using var client = home.Client(new NatsOpts { TlsOpts = new NatsTlsOpts { InsecureSkipVerify = true } });
        await client.ConnectAsync();
        (await client.PingAsync()).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Test]
    public async Task A_server_that_shows_another_certificate_is_not_given_the_sidecars_password()
    {
        using var temp = new TempFolder();
        var (certificate, key) = SelfSigned(temp, "nats.example.org");
        using var other = new TestCertificates();
        await using var impostor = await NatsServerProcess.StartAsync(new NatsServerOptions
        {
            Config = $$"""tls { cert_file: "{{other.ServerCertFile}}", key_file: "{{other.ServerKeyFile}}" }""",
        });
        var access = new ServerAccess(
            $"tls://127.0.0.1:{impostor.Port}", true, false, "home", ("a", "b"), ("c", "d"), new ServerTls(certificate, key, null));
        await using var client = new NatsConnection(
            new NatsOpts { Url = access.Url, TlsOpts = Host.Link.NatsClientOptions.TlsOf(access) });
        await Should.ThrowAsync<NatsException>(async () => await client.ConnectAsync());
    }

    [TestCase("garbage")]
    [TestCase("key of another")]
    [TestCase("no key")]
    public void A_certificate_that_cannot_be_used_is_named_with_its_setting(string fault)
    {
        using var temp = new TempFolder();
        var (certificate, key) = SelfSigned(temp, "nats.example.org");
        switch (fault)
        {
            case "garbage":
                File.WriteAllText(certificate, "nonsense");
                break;
            case "key of another":
                using (var another = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    File.WriteAllText(key, another.ExportPkcs8PrivateKeyPem());
                }

                break;
            default:
                key = null;
                break;
        }

        var error = Should.Throw<SettingsException>(() => StartAsync(o => o with { TlsCert = certificate, TlsKey = key }));
        error.Message.ShouldContain($"--nats-tls-cert {certificate}");
    }

    [Test]
    public async Task A_renewed_certificate_is_loaded_by_the_running_server_and_connections_stay()
    {
        using var temp = new TempFolder();
        await using var home = await StartAsync(o => o with { Listen = "0.0.0.0:0" }, folder: temp.Path);
        var before = home.Get<EmbeddedServer>().Certificate!;
        var ca = await File.ReadAllTextAsync(temp.Of("nats", "tls", "ca.pem"));
        var made = await home.Get<IFleet>().AddDeviceAsync(Desk, [], false, CancellationToken.None);
        await using var device = Client(made, made.Server.Url, new NatsTlsOpts { CaFile = made.Server.Tls!.CaFile });
        await device.ConnectAsync();

        // As "bridge tls init --nats-tls-name" beside the sidecar.
        var options = new BridgeOptions { Data = temp.Path, Nats = new NatsOptions { TlsNames = ["localhost.localdomain"] } };
        var command = new EmbeddedServer(
            options, DataFolderFeature.OpenShared(options), [new Fixed(home.Get<IServerUserSource>())], TimeProvider.System,
            NullLogger<EmbeddedServer>.Instance);
        var renewed = await command.RenewCertificateAsync(CancellationToken.None);

        renewed.IsUsed.ShouldBeTrue();
        renewed.Names.ShouldContain("localhost.localdomain");
        (await File.ReadAllTextAsync(temp.Of("nats", "tls", "ca.pem"))).ShouldBe(ca);
        var port = new Uri(home.NatsUrl).Port;
        await Eventually.TrueAsync(async () => await ShownAsync(port) is { } shown && !shown.SequenceEqual(before.Raw), "it is shown");
        await device.PingAsync();
        device.ConnectionState.ShouldBe(NatsConnectionState.Open);
        home.Link.Generation.ShouldBe(1);

        // The sidecar's own connection comes back, too.
        home.Get<EmbeddedServer>().Running.ShouldNotBeNull();
        ChildProcess.Signal(home.Get<EmbeddedServer>().Running!.Pid, ChildProcess.Kill);
        await Eventually.TrueAsync(() => home.Link is { IsUp: true, Generation: > 1 }, "connected again");
    }

    [Test]
    public async Task A_server_with_tls_is_adopted_and_restarted_only_when_that_changed()
    {
        using var temp = new TempFolder();
        var open = new BridgeOptions
        {
            Data = temp.Path,
            Nats = new NatsOptions { ServerProgram = program, Listen = $"0.0.0.0:{FreePort.Next()}" },
        };
        using var held = (IDisposable)DataFolderFeature.Open(open);
        EmbeddedServer Server(BridgeOptions options) =>
            new(options, (IDataFolder)held, [], TimeProvider.System, NullLogger<EmbeddedServer>.Instance);
        var first = Server(open);
        await first.StartAsync(CancellationToken.None);
        try
        {
            var second = Server(open);
            await second.StartAsync(CancellationToken.None);
            second.IsAdopted.ShouldBeTrue();

            var plain = Server(open with { Nats = open.Nats with { Plain = true } });
            await plain.StartAsync(CancellationToken.None);
            plain.IsAdopted.ShouldBeFalse();
            plain.Access.Url.ShouldStartWith("nats://");

            var again = Server(open);
            await again.StartAsync(CancellationToken.None);
            again.IsAdopted.ShouldBeFalse();
            again.Access.Url.ShouldStartWith("tls://");

            // A command without those settings speaks of the server that runs.
            var beside = new EmbeddedServer(
                new BridgeOptions { Data = temp.Path }, DataFolderFeature.OpenShared(open), [], TimeProvider.System,
                NullLogger<EmbeddedServer>.Instance);
            beside.Access.ShouldBe(again.Access with { Open = beside.Access.Open });
        }
        finally
        {
            await EmbeddedFeature.StopAsync(open, (IDataFolder)held, TimeProvider.System);
        }
    }

    [Test]
    public async Task Health_says_when_the_certificate_ends()
    {
        await using var home = await StartAsync(o => o with { Listen = "0.0.0.0:0" });
        var time = new ShiftedTime();
        await using var supervisor = new ServerSupervisor(
            home.Get<EmbeddedServer>(), new NoRestart(), time, NullLogger<ServerSupervisor>.Instance);
        await supervisor.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => supervisor.Report().State == HealthState.Ok, "it is ok");
        time.Ahead = TimeSpan.FromDays(815);
        supervisor.Report().Message.ShouldNotBeNull().ShouldContain("restart the sidecar, which renews it");
        await supervisor.StopAsync(CancellationToken.None);
    }

    private static string Log(TestHome home) => string.Concat(Directory.GetFiles(home.Folder.PathOf("log")).Select(file =>
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }));

    private static (string Certificate, string Key) SelfSigned(TempFolder temp, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(100));
        File.WriteAllText(temp.Of("given.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(temp.Of("given.key"), key.ExportPkcs8PrivateKeyPem());
        return (temp.Of("given.pem"), temp.Of("given.key"));
    }

    private static NatsConnection Client(NewCredential made, string url, NatsTlsOpts tls) => new(new NatsOpts
    {
        Url = url,
        TlsOpts = tls,
        InboxPrefix = made.Credential.InboxPrefix,
        AuthOpts = made.Credential.PasswordHash is null
            ? new NatsAuthOpts { NKey = made.Credential.Login, Seed = made.Secret }
            : new NatsAuthOpts { Username = made.Credential.Login, Password = made.Secret },
    });

    /// <summary>The certificate that the server shows now.</summary>
    private static async Task<byte[]?> ShownAsync(int port)
    {
        byte[]? shown = null;
        await using var client = new NatsConnection(new NatsOpts
        {
            Url = $"tls://127.0.0.1:{port}",
            TlsOpts = new NatsTlsOpts
            {
                ConfigureClientAuthentication = options =>
                {
                    options.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    {
                        shown = certificate?.GetRawCertData();
                        return false;
                    };
                    return ValueTask.CompletedTask;
                },
            },
        });
        await Should.ThrowAsync<NatsException>(async () => await client.ConnectAsync());
        return shown;
    }

    private Task<TestHome> StartAsync(
        Func<NatsOptions, NatsOptions> nats, Func<Microsoft.Extensions.DependencyInjection.IServiceCollection, Microsoft.Extensions.DependencyInjection.IServiceCollection>? add = null,
        Func<BridgeOptions, BridgeOptions>? options = null, string? folder = null) =>
        TestHome.StartAsync(
            add ?? (services => services.AddFleet()), program, folder,
            o => (options?.Invoke(o) ?? o) with { Nats = nats(o.Nats) });

    private sealed class Fixed(IServerUserSource source) : IServerUserSource
    {
        public IReadOnlyList<ServerUser> Read(string prefix) => source.Read(prefix);
    }
}
