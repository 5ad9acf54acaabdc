using System.Diagnostics;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Embedded;

[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class EmbeddedServerTests(string program)
{
    private readonly List<EmbeddedServer> _servers = [];
    private TempFolder _temp = null!;
    private IDataFolder _data = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _data = DataFolderFeature.Open(Options());
    }

    [TearDown]
    public async Task TearDown()
    {
        foreach (var server in _servers)
        {
            await server.StopAsync(CancellationToken.None);
        }

        (_data as IDisposable)?.Dispose();
        _temp.Dispose();
    }

    [Test]
    public async Task A_started_server_answers_on_its_port_under_its_own_name()
    {
        var server = Server();
        await server.StartAsync(CancellationToken.None);

        server.IsAlive.ShouldBeTrue();
        (await ServerProbe.NameAsync(ListenOf(server), CancellationToken.None)).ShouldBe(server.Running!.Name);
    }

    [Test]
    public async Task It_runs_in_a_session_of_its_own()
    {
        var server = Server();
        await server.StartAsync(CancellationToken.None);

        var stat = await File.ReadAllTextAsync($"/proc/{server.Running!.Pid}/stat");
        var session = int.Parse(
            stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3], System.Globalization.CultureInfo.InvariantCulture);
        session.ShouldBe(server.Running.Pid);
    }

    [Test]
    public async Task A_server_that_lives_is_adopted_by_the_next_sidecar()
    {
        var first = Server();
        await first.StartAsync(CancellationToken.None);
        var second = Server();
        await second.StartAsync(CancellationToken.None);

        second.IsAdopted.ShouldBeTrue();
        second.Running!.Pid.ShouldBe(first.Running!.Pid);
        second.Access.ShouldBe(first.Access);
    }

    [Test]
    public async Task A_server_that_lives_is_restarted_when_its_settings_changed()
    {
        var first = Server();
        await first.StartAsync(CancellationToken.None);
        var port = FreePort.Next();
        var second = Server(Options() with { Nats = new NatsOptions { ServerProgram = program, Listen = $"127.0.0.1:{port}" } });
        await second.StartAsync(CancellationToken.None);

        second.IsAdopted.ShouldBeFalse();
        first.IsAlive.ShouldBeFalse();
        ListenOf(second).Port.ShouldBe(port);
    }

    [Test]
    public async Task A_server_that_lives_is_restarted_when_it_shall_take_nobody_without_credentials()
    {
        var first = Server();
        await first.StartAsync(CancellationToken.None);
        var options = Options();
        var second = Server(options with { Nats = options.Nats with { NoAnonymous = true } });
        await second.StartAsync(CancellationToken.None);

        second.IsAdopted.ShouldBeFalse();
        (await File.ReadAllTextAsync(_temp.Of("nats", "server.conf"))).ShouldNotContain("no_auth_user");
        (await File.ReadAllTextAsync(_temp.Of("nats", "users.conf"))).ShouldNotContain("anonymous");

        // A command beside it, without that setting, writes the users of the server that runs.
        using var shared = (IDisposable)DataFolderFeature.OpenShared(options);
        var beside = new EmbeddedServer(
            options, (IDataFolder)shared, [], TimeProvider.System, NullLogger<EmbeddedServer>.Instance);
        (await beside.ReloadUsersAsync(CancellationToken.None)).ShouldBeTrue();
        beside.Access.IsOpen.ShouldBeFalse();
        (await File.ReadAllTextAsync(_temp.Of("nats", "users.conf"))).ShouldNotContain("anonymous");
    }

    [Test]
    public async Task A_server_whose_note_was_never_written_is_found_and_never_doubled()
    {
        var first = Server();
        await first.StartAsync(CancellationToken.None);
        File.Delete(_temp.Of("nats", "server.json"));
        var second = Server();
        await second.StartAsync(CancellationToken.None);

        first.IsAlive.ShouldBeFalse();
        second.IsAlive.ShouldBeTrue();
    }

    [Test]
    public async Task While_a_server_lives_its_store_is_locked_and_free_once_it_is_stopped()
    {
        var server = Server();
        await server.StartAsync(CancellationToken.None);
        FileLock.TryTake(_temp.Of("nats", "store.lock")).ShouldBeNull();

        await server.StopAsync(CancellationToken.None);

        using var taken = FileLock.TryTake(_temp.Of("nats", "store.lock"));
        taken.ShouldNotBeNull();
        server.IsAlive.ShouldBeFalse();
    }

    [Test]
    public async Task The_port_that_was_chosen_stays_the_same_over_a_restart()
    {
        var first = Server();
        await first.StartAsync(CancellationToken.None);
        await first.StopAsync(CancellationToken.None);
        var second = Server();
        await second.StartAsync(CancellationToken.None);

        second.Access.Url.ShouldBe(first.Access.Url);
    }

    [Test]
    public void A_port_that_is_chosen_is_none_that_an_outgoing_connection_may_be_given_meanwhile()
    {
        var outgoing = int.Parse(File.ReadAllText(
            "/proc/sys/net/ipv4/ip_local_port_range").Split()[0], System.Globalization.CultureInfo.InvariantCulture);
        var url = Server().Access.Url;
        new Uri(url).Port.ShouldBeLessThan(outgoing > 10_000 ? outgoing : 32_768);
    }

    [Test]
    public async Task A_taken_port_is_an_error_that_says_what_to_do()
    {
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;
        var server = Server(Options() with { Nats = new NatsOptions { ServerProgram = program, Listen = $"127.0.0.1:{port}" } });

        var error = await Should.ThrowAsync<EmbeddedServerException>(() => server.StartAsync(CancellationToken.None));
        error.Message.ShouldContain($"127.0.0.1:{port} is taken");
        error.Message.ShouldContain("--nats-listen");
    }

    [Test]
    public async Task Secrets_and_configuration_are_for_their_owner_only()
    {
        var server = Server();
        await server.StartAsync(CancellationToken.None);

        foreach (var file in new[] { "secrets", "users.conf", "server.conf", "server.json" })
        {
            File.GetUnixFileMode(_temp.Of("nats", file)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }
    }

    [TestCase(null, "")]
    [TestCase(0, " (exit code 0)")]
    [TestCase(1, " (exit code 1)")]
    [TestCase(137, " (signal 9)")]
    public void How_a_server_ended_is_told_in_its_own_words(int? code, string how) =>
        ServerSupervisor.HowItEnded(code).ShouldBe(how);

    [Test]
    public async Task A_server_that_dies_is_started_again_and_health_counts_it()
    {
        var server = Server();
        await using var supervisor = new ServerSupervisor(
            server, new NoRestart(), TimeProvider.System, NullLogger<ServerSupervisor>.Instance);
        await supervisor.StartAsync(CancellationToken.None);
        var died = server.Running!.Pid;

        using (var process = Process.GetProcessById(died))
        {
            process.Kill();
        }

        await Eventually.TrueAsync(() => server.IsAlive && server.Running!.Pid != died, "another server runs");
        await Eventually.TrueAsync(() => supervisor.Report().State == HealthState.Ok, "health is ok again");
        supervisor.Report().Details!["restarts"]!.GetValue<int>().ShouldBe(1);
        await supervisor.StopAsync(CancellationToken.None);
        server.IsAlive.ShouldBeFalse();
    }

    [Test]
    public async Task While_another_process_holds_the_users_a_server_is_adopted_later_and_stopped_all_the_same()
    {
        var first = Server();
        await first.StartAsync(CancellationToken.None);
        var second = new EmbeddedServer(Options(), _data, [], new HurriedTime(), NullLogger<EmbeddedServer>.Instance);
        _servers.Add(second);
        await using var supervisor = new ServerSupervisor(
            second, new NoRestart(), TimeProvider.System, NullLogger<ServerSupervisor>.Instance);
        using (FileLock.TryTake(_temp.Of("nats", "users.lock")).ShouldNotBeNull())
        {
            await supervisor.StartAsync(CancellationToken.None);
            await Eventually.TrueAsync(
                () => supervisor.Report().Message?.Contains("users.lock") == true, "health says what keeps it");
        }

        await Eventually.TrueAsync(() => supervisor.Report().State == HealthState.Ok, "it is tried again");
        await supervisor.StopAsync(CancellationToken.None);

        // By its hurried clock the supervisor does not wait until the process has ended.
        await Eventually.TrueAsync(() => !first.IsAlive && !second.IsAlive, "the server ends");
    }

    [Test]
    public async Task A_program_that_is_no_nats_server_is_refused_by_name()
    {
        var server = Server(Options() with { Nats = new NatsOptions { ServerProgram = "/bin/true", Listen = "127.0.0.1:0" } });

        var error = await Should.ThrowAsync<EmbeddedServerException>(() => server.StartAsync(CancellationToken.None));
        error.Message.ShouldContain("/bin/true");
    }

    private static HostPort ListenOf(EmbeddedServer server) =>
        HostPort.TryParse(server.Running!.Listen, out var listen)
            ? listen
            : throw new InvalidOperationException(server.Running.Listen);

    private BridgeOptions Options() =>
        new() { Data = _temp.Path, Nats = new NatsOptions { ServerProgram = program, Listen = "127.0.0.1:0" } };

    private EmbeddedServer Server(BridgeOptions? options = null)
    {
        var server = new EmbeddedServer(
            options ?? Options(), _data, [], TimeProvider.System, NullLogger<EmbeddedServer>.Instance);
        _servers.Add(server);
        return server;
    }
}
