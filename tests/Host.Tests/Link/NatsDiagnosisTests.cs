using System.Net;
using System.Net.Sockets;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Link;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class NatsDiagnosisTests(NatsServerVersion version)
{
    [Test]
    public async Task A_server_that_can_be_used_has_no_problem()
    {
        await using var server = await NatsServerProcess.StartAsync(version);
        (await FindAsync(server.Url)).ShouldBeNull();
        (await FindAsync($"nats://127.0.0.1:1,{server.Url}")).ShouldBeNull("one of several is enough");
    }

    [Test]
    public async Task A_port_where_nothing_listens_is_named() =>
        (await FindAsync($"nats://127.0.0.1:{FreePort.Next()}")).ShouldNotBeNull().What.ShouldContain("nothing listens there");

    [Test]
    public async Task A_host_that_does_not_exist_is_named() =>
        (await FindAsync("nats://no-such-host.invalid:4222")).ShouldNotBeNull().What
            .ShouldBe("nats://no-such-host.invalid:4222 cannot be found: there is no host no-such-host.invalid");

    [TestCase("")]
    [TestCase("HTTP/1.1 400 Bad Request\r\n")]
    public async Task A_program_that_is_no_NATS_server_is_told_from_one_that_is_slow(string greeting)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var accepted = GreetAsync(other, greeting);
        var problem = (await FindAsync($"nats://{other.LocalEndpoint}")).ShouldNotBeNull();
        problem.What.ShouldEndWith("answers, but not as a NATS server does");
        problem.Remedy.ShouldContain("4222");
        other.Stop();
        await accepted;
    }

    [Test]
    public async Task Credentials_that_are_missing_or_refused_are_told_apart_and_never_shown()
    {
        await using var server = await NatsServerProcess.StartAsync(
            new NatsServerOptions { Version = version, Config = "authorization { user: home, password: right }" });

        var missing = (await FindAsync(server.Url)).ShouldNotBeNull();
        missing.What.ShouldContain("Authorization Violation", Case.Insensitive);
        missing.Remedy.ShouldStartWith("Give credentials");
        missing.Remedy.ShouldContain("--nats-creds");

        var wrong = (await FindAsync(server.Url.Replace("nats://", "nats://home:s3cret@", StringComparison.Ordinal)))
            .ShouldNotBeNull();
        wrong.Remedy.ShouldStartWith("Correct the credentials");
        wrong.ToString().ShouldNotContain("s3cret");
        (await FindAsync(server.Url.Replace("nats://", "nats://home:right@", StringComparison.Ordinal))).ShouldBeNull();
    }

    [Test]
    public async Task A_certificate_that_is_not_trusted_is_named()
    {
        using var certificates = new TestCertificates();
        await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions
        {
            Version = version,
            Config = $"tls {{ cert_file: '{certificates.ServerCertFile}', key_file: '{certificates.ServerKeyFile}' }}",
        });
        var problem = (await FindAsync(server.Url.Replace("nats://", "tls://", StringComparison.Ordinal))).ShouldNotBeNull();
        problem.What.ShouldContain("certificate");
        problem.Remedy.ShouldContain("--nats-ca");
    }

    [Test]
    public async Task A_file_that_holds_no_credentials_is_named()
    {
        using var temp = new TempFolder();
        await File.WriteAllTextAsync(temp.Of("wrong.creds"), "nothing");
        var problem = await FindAsync("nats://127.0.0.1:1", new NatsAuthOpts { CredsFile = temp.Of("wrong.creds") });
        problem.ShouldNotBeNull().What.ShouldContain("wrong.creds is no credentials file");
    }

    [Test]
    public async Task Of_the_embedded_server_no_setting_is_wrong()
    {
        var options = NatsClientOptions.ShortLived("nats://127.0.0.1:1", NatsAuthOpts.Default, NatsTlsOpts.Default, "test");
        var problem = await new NatsDiagnosis(options, isEmbedded: true).FindAsync(CancellationToken.None);
        problem.ShouldNotBeNull().Remedy.ShouldNotContain("--nats");
    }

    private static Task<NatsProblem?> FindAsync(string url, NatsAuthOpts? auth = null) =>
        new NatsDiagnosis(NatsClientOptions.ShortLived(url, auth ?? NatsAuthOpts.Default, NatsTlsOpts.Default, "test"))
            .FindAsync(CancellationToken.None);

    private static async Task GreetAsync(TcpListener listener, string greeting)
    {
        var clients = new List<TcpClient>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                clients.Add(client);
                await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(greeting));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            clients.ForEach(client => client.Dispose());
        }
    }
}
