using HaNatsBridge.Devices.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;

namespace HaNatsBridge.Devices.Tests;

[TestFixture(NatsServerVersion.Newest)]
internal sealed class TlsTests(NatsServerVersion version) : DeviceFixture(version)
{
    private readonly TestCertificates _certificates = new();

    protected override string ServerConfig => $$"""
        authorization { token: secret }
        tls { cert_file: "{{_certificates.ServerCertFile}}", key_file: "{{_certificates.ServerKeyFile}}" }
        """;

    private NatsTlsOpts Tls => new() { CaFile = _certificates.CaFile, Mode = TlsMode.Require };

    [TearDown]
    public void DeleteCertificates() => _certificates.Dispose();

    [Test]
    public async Task A_device_connects_over_tls_with_a_token()
    {
        var login = new NatsOpts { TlsOpts = Tls, AuthOpts = new NatsAuthOpts { Token = "secret" } };
        Home = await Home.StartAsync(Server.Url, login);
        var lamp = new Device(Lamp());
        Run(new DeviceConnectionOptions { Token = "secret", Configure = nats => nats with { TlsOpts = Tls } }, lamp);

        await Home.SeenAsync("home.discovery.announce");
    }

    [Test]
    public async Task A_server_that_cannot_be_verified_is_tried_again()
    {
        await using var proxy = new TcpProxy(Server.Port);
        Run(new DeviceConnectionOptions { Url = proxy.Url, Token = "secret" }, new Device(Lamp()));

        await Eventually.TrueAsync(() => proxy.Accepted > 1, "it tries again");
        Connection.IsConnected.ShouldBeFalse();
    }
}
