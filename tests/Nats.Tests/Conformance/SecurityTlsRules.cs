using System.Security.Authentication;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>docs.nats.io, "Encrypting Connections with TLS", and ADR-40, "TLS", with real servers.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(120_000)]
public sealed class SecurityTlsRules(NatsServerVersion version)
{
    private TestCertificates _certificates = null!;

    [OneTimeSetUp]
    public void MakeCertificates() => _certificates = new TestCertificates();

    [OneTimeTearDown]
    public void DeleteCertificates() => _certificates.Dispose();

    [Test]
    [Rule("Security", "Encrypting Connections with TLS")]
    public async Task A_connection_is_upgraded_and_trusts_only_the_authority_it_was_given(CancellationToken token)
    {
        await using var server = await StartAsync(string.Empty, token);
        await ShouldWorkAsync(server, new NatsTlsOpts { CaFile = _certificates.CaFile }, token);
        await ShouldWorkAsync(server, new NatsTlsOpts { InsecureSkipVerify = true }, token);
        (await ShouldFailAsync(server, new NatsTlsOpts())).InnerException.ShouldBeOfType<AuthenticationException>();
        (await ShouldFailAsync(server, new NatsTlsOpts { Mode = TlsMode.Disable })).Message.ShouldContain("requires TLS");
    }

    [Test]
    [Rule("Security", "Encrypting Connections with TLS")]
    public async Task A_server_that_verifies_clients_takes_PEM_files_and_bundles_and_nobody_without(CancellationToken token)
    {
        await using var server = await StartAsync($"verify: true, ca_file: \"{_certificates.CaFile}\"", token);
        var trusting = new NatsTlsOpts { CaFile = _certificates.CaFile };
        await ShouldWorkAsync(server, trusting with { CertFile = _certificates.ClientCertFile, KeyFile = _certificates.ClientKeyFile }, token);
        await ShouldWorkAsync(server, trusting with { CertBundleFile = _certificates.ClientBundleFile }, token);
        await ShouldFailAsync(server, trusting);
        (await ShouldFailAsync(server, trusting with { CertFile = _certificates.ClientCertFile })).InnerException.ShouldBeOfType<ArgumentException>();
    }

    [Test]
    [Rule("Security", "Encrypting Connections with TLS")]
    public async Task A_name_that_is_not_in_the_certificate_is_refused(CancellationToken token)
    {
        await using var server = await StartAsync(string.Empty, token);
        await using var nats = new NatsConnection(new NatsOpts { ConnectTimeout = CoreTest.Patience, Url = $"tls://127.0.0.2:{server.Port}", TlsOpts = new NatsTlsOpts { CaFile = _certificates.CaFile } });
        await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask());
    }

    [Test]
    [Rule("ADR-40", "Tls required")]
    public async Task Required_TLS_is_not_talked_down_by_a_server_without(CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(version, token);
        (await ShouldFailAsync(server, new NatsTlsOpts { Mode = TlsMode.Require })).Message.ShouldContain("TLS is required");
        await using var byScheme = new NatsConnection(new NatsOpts { ConnectTimeout = CoreTest.Patience, Url = $"tls://127.0.0.1:{server.Port}" });
        await Should.ThrowAsync<NatsException>(byScheme.ConnectAsync().AsTask());
    }

    [Test]
    [Rule("ADR-40", "TLS First (Implicit TLS)")]
    public async Task The_handshake_can_come_first(CancellationToken token)
    {
        if (version == NatsServerVersion.Oldest)
        {
            // 2.9 does not know handshake_first (2.10.4): what there is to test is that it fails in time.
            await using var old = await StartAsync(string.Empty, token);
            await ShouldFailAsync(old, new NatsTlsOpts { CaFile = _certificates.CaFile, Mode = TlsMode.Implicit });
            return;
        }

        await using var server = await StartAsync("handshake_first: true", token, silent: true);
        await ShouldWorkAsync(server, new NatsTlsOpts { CaFile = _certificates.CaFile, Mode = TlsMode.Implicit }, token);
    }

    [Test]
    [Rule("Security", "Encrypting Connections with TLS")]
    public async Task Large_messages_and_a_killed_server_are_no_different_over_TLS(CancellationToken token)
    {
        await using var server = await StartAsync(string.Empty, token);
        await using var nats = Connection(server, new NatsTlsOpts { CaFile = _certificates.CaFile });
        await using var sub = await nats.SubscribeCoreAsync<byte[]>("big", cancellationToken: token);
        for (var round = 0; round < 2; round++)
        {
            await CoreTest.UntilItAnswersAsync(nats, token);
            for (var i = 0; i < 20; i++)
            {
                await nats.PublishAsync("big", new byte[500_000], cancellationToken: token);
            }

            for (var i = 0; i < 20; i++)
            {
                (await sub.Msgs.ReadAsync(token)).Data!.Length.ShouldBe(500_000);
            }

            await server.RestartAsync(token);
        }
    }

    private static NatsConnection Connection(NatsServerProcess server, NatsTlsOpts tls) => new(new NatsOpts
    {
        Url = server.Url,
        TlsOpts = tls,
        ConnectTimeout = tls.Mode == TlsMode.Implicit && server.Version == NatsServerVersion.Oldest ? TimeSpan.FromSeconds(2) : CoreTest.Patience,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(20),
        ReconnectWaitMax = TimeSpan.FromMilliseconds(100),
    });

    private static async Task ShouldWorkAsync(NatsServerProcess server, NatsTlsOpts tls, CancellationToken token)
    {
        await using var nats = Connection(server, tls);
        await using var sub = await nats.SubscribeCoreAsync<int>("tls", cancellationToken: token);
        await nats.PublishAsync("tls", 1, cancellationToken: token);
        (await sub.Msgs.ReadAsync(token)).Data.ShouldBe(1);
    }

    private static async Task<Exception> ShouldFailAsync(NatsServerProcess server, NatsTlsOpts tls)
    {
        await using var nats = Connection(server, tls);
        return (await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask())).InnerException!;
    }

    private Task<NatsServerProcess> StartAsync(string tls, CancellationToken token, bool silent = false) => NatsServerProcess.StartAsync(
        new NatsServerOptions
        {
            Version = version,
            SilentUntilHandshake = silent,
            Config = $"tls {{ cert_file: \"{_certificates.ServerCertFile}\", key_file: \"{_certificates.ServerKeyFile}\", timeout: 5\n{tls} }}",
        },
        token);
}
