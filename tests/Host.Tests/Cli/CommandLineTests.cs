using HaNatsBridge.Host.Cli;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Cli;

/// <summary>The executable itself, as a person or a service manager starts it.</summary>
public sealed class CommandLineTests : CommandLineTest
{
    [Test]
    public async Task Version_prints_it_and_nothing_else()
    {
        var (code, output, error) = await RunAsync("version");
        code.ShouldBe(ExitCodes.Ok);
        output.Trim().ShouldMatch(@"^\d+\.\d+\.\d+");
        error.ShouldBeEmpty();
    }

    [Test]
    public async Task A_wrong_setting_is_one_line_that_names_it()
    {
        var (code, _, error) = await RunAsync("run", "--listen", "nonsense", "--data", Temp.Path);
        code.ShouldBe(ExitCodes.WrongSettings);
        error.Trim().Split('\n').Length.ShouldBe(1);
        error.ShouldContain("--listen");
    }

    [Test]
    public async Task A_taken_port_is_one_line_and_starts_no_server()
    {
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var listen = other.LocalEndpoint.ToString()!;
        var (code, output, error) = await RunAsync(
            "run", "--data", Temp.Path, "--listen", listen, "--nats-listen", "127.0.0.1:0", "--nats-server", NatsServers.Newest);

        code.ShouldBe(ExitCodes.Failed);
        error.Trim().Split('\n').Length.ShouldBe(1, error);
        error.ShouldContain(listen);
        error.ShouldContain("--listen");
        output.ShouldBeEmpty("no stack trace, and nothing was started");
        File.Exists(Temp.Of("nats", "store.lock")).ShouldBeFalse("no server was started");
    }

    [TestCase("run --nonsense x", "There is no option '--nonsense' of run.")]
    [TestCase("run --listn 127.0.0.1:0", "did you mean --listen?")]
    [TestCase("run extra", "There is no argument 'extra' of run.")]
    [TestCase("device ad lamp desk", "There is no command 'ad' of device, did you mean add?")]
    [TestCase("rum", "There is no command 'rum', did you mean run?")]
    [TestCase("run --listen", "--listen")]
    [TestCase("device add lamp", "add")]
    [TestCase("doctor --home-assistant ftp://x", "write an address like http://homeassistant.local:8123")]
    [TestCase("doctor --home-assistant", "--home-assistant")]
    public async Task A_wrong_command_line_is_one_line_that_names_it(string line, string hint)
    {
        var (code, output, error) = await RunAsync(line.Split(' '));
        code.ShouldBe(ExitCodes.WrongSettings);
        output.ShouldBeEmpty();
        error.Trim().Split('\n').Length.ShouldBe(1, error);
        error.ShouldContain(hint);
        error.ShouldContain("--help");
    }

    [TestCase("")]
    [TestCase("device")]
    public async Task A_group_without_a_command_shows_what_there_is(string line)
    {
        var (code, output, error) = await RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        code.ShouldBe(ExitCodes.WrongSettings);
        (output + error).ShouldContain(line.Length == 0 ? "gateway" : "list");
    }

    [Test]
    public async Task A_taken_port_of_NATS_is_one_line_and_starts_nothing()
    {
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var listen = other.LocalEndpoint.ToString()!;
        string[] arguments =
        [
            "run", "--data", Temp.Path, "--listen", "127.0.0.1:0", "--nats-listen", listen, "--nats-server", NatsServers.Newest,
        ];

        foreach (var check in new[] { "--check", null })
        {
            var (code, output, error) = await RunAsync([.. arguments, .. check is null ? [] : new[] { check }]);
            code.ShouldBe(ExitCodes.Failed);
            output.ShouldBeEmpty();
            error.Trim().Split('\n').Length.ShouldBe(1, error);
            error.ShouldContain($"{listen} is taken by another program.");
            error.ShouldContain("--nats-listen");
            error.ShouldContain("--nats.");
        }

        File.Exists(Temp.Of("nats", "store.lock")).ShouldBeFalse("no server was started");
        var doctor = await RunAsync(["doctor", .. arguments[1..]]);
        doctor.Code.ShouldBe(ExitCodes.Failed);
        doctor.Output.ShouldContain($"{listen} is not free for the embedded NATS server");
        doctor.Output.ShouldContain("--nats-listen");
    }

    [Test]
    public async Task A_check_makes_nothing_and_names_what_is_wrong()
    {
        string[] check = ["run", "--check", "--data", Temp.Of("none"), "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0"];
        (await RunAsync(check)).Code.ShouldBe(ExitCodes.Ok);
        (await RunAsync([.. check, "--role", "nonsense"])).Error.ShouldContain("there is no role 'nonsense'");
        await File.WriteAllTextAsync(Temp.Of("cert.pem"), "none");
        var (code, _, error) = await RunAsync([.. check, "--tls-cert", Temp.Of("cert.pem")]);
        code.ShouldBe(ExitCodes.WrongSettings);
        error.ShouldContain("--tls-cert");
        Directory.Exists(Temp.Of("none")).ShouldBeFalse();
    }

    [Test]
    public async Task A_sidecar_runs_until_it_is_stopped_and_stops_its_server()
    {
        using var sidecar = Start(
            "run", "--data", Temp.Path, "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0",
            "--nats-server", NatsServers.Newest);
        var noted = await ReadUntilAsync(sidecar, "access token");
        noted.ShouldContain(Temp.Of("token"));

        foreach (var check in new[] { "--check", null })
        {
            var second = await RunAsync(
                ["run", "--data", Temp.Path, "--listen", "127.0.0.1:0", .. check is null ? [] : new[] { check }]);
            second.Code.ShouldBe(ExitCodes.Taken);
            second.Error.Trim().Split('\n').Length.ShouldBe(1, second.Error);
            second.Error.ShouldContain($"process {sidecar.Id}");
        }

        ChildProcess.Signal(sidecar.Id, ChildProcess.Terminate);
        await sidecar.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
        sidecar.ExitCode.ShouldBe(ExitCodes.Ok);
        using var free = Host.DataFolder.FileLock.TryTake(Temp.Of("nats", "store.lock"));
        free.ShouldNotBeNull("the server has ended");
    }

    [Test]
    public async Task The_server_of_a_killed_sidecar_lives_on_and_is_adopted()
    {
        string[] arguments =
        [
            "run", "--data", Temp.Path, "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0",
            "--nats-server", NatsServers.Newest,
        ];
        using var first = Start(arguments);
        await ReadUntilAsync(first, "access token");
        first.Kill();
        await first.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
        Host.DataFolder.FileLock.TryTake(Temp.Of("nats", "store.lock")).ShouldBeNull("the server lives");

        using var second = Start(arguments);
        (await ReadUntilAsync(second, "access token")).ShouldContain("Adopted");
        ChildProcess.Signal(second.Id, ChildProcess.Terminate);
        await second.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
        second.ExitCode.ShouldBe(ExitCodes.Ok);
    }

    [Test]
    public async Task A_credential_is_made_shown_once_listed_and_revoked()
    {
        var (code, output, _) = await RunAsync(
            "device", "add", "lamp", "desk", "--sub", "one", "--data", Temp.Path, "--nats-listen", "127.0.0.1:0");
        code.ShouldBe(ExitCodes.Ok);
        output.ShouldContain("_INBOX.lamp.desk");
        var seed = output.Split('\n').Single(line => line.TrimStart().StartsWith("seed", StringComparison.Ordinal)).Trim()
            .Split(' ')[^1];
        seed.ShouldStartWith("SU");

        string[] settings = ["--data", Temp.Path, "--nats-listen", "127.0.0.1:0"];
        (await RunAsync(["gateway", "list", .. settings])).ShouldBe((ExitCodes.Ok, "", "No gateway has a credential.\n"));
        var list = (await RunAsync(["device", "list", .. settings])).Output;
        list.ShouldContain("lamp.desk lamp.one");
        list.ShouldNotContain(seed);
        list.ShouldMatch(@"\d{4}-\d{2}-\d{2}");
        string[] remove = ["device", "remove", "lamp", "desk", .. settings];
        (await RunAsync(remove)).Code.ShouldBe(ExitCodes.Ok);
        (await RunAsync(remove)).Code.ShouldBe(ExitCodes.Failed);
    }

    [Test]
    public async Task A_gateways_credential_is_made_listed_and_revoked()
    {
        string[] settings = ["--data", Temp.Path, "--nats-listen", "127.0.0.1:0"];
        (await RunAsync(["gateway", "add", "zigbee", "--out", Temp.Of("seed"), .. settings])).Code.ShouldBe(ExitCodes.Ok);
        File.GetUnixFileMode(Temp.Of("seed")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await File.ReadAllTextAsync(Temp.Of("seed"))).ShouldStartWith("SU");
        (await RunAsync(["gateway", "list", .. settings])).Output.ShouldContain("every zigbee");
        (await RunAsync(["device", "list", .. settings])).ShouldBe((ExitCodes.Ok, "", "No device has a credential.\n"));
        (await RunAsync(["gateway", "remove", "zigbee", .. settings])).Code.ShouldBe(ExitCodes.Ok);
        (await RunAsync(["gateway", "list", .. settings])).Output.ShouldBeEmpty();
    }

    [Test]
    public async Task A_clients_credential_is_made_listed_and_revoked()
    {
        string[] settings = ["--data", Temp.Path, "--nats-listen", "127.0.0.1:0"];
        var (code, output, _) = await RunAsync(
            ["client", "add", "panel", "--actions", "light.*,notify.phone", "--states", "--subjects", "garden.>,pump", "--out",
                Temp.Of("seed"), .. settings]);
        code.ShouldBe(ExitCodes.Ok);
        output.ShouldContain("_INBOX.~client.panel");
        (await RunAsync(["client", "list", .. settings])).Output.ShouldContain("actions light.* notify.phone; states; subjects garden.> pump\n");
        (await RunAsync(["device", "list", .. settings])).Output.ShouldBeEmpty();
        (await RunAsync(["gateway", "list", .. settings])).Output.ShouldBeEmpty();
        (await RunAsync(["client", "remove", "panel", .. settings])).Code.ShouldBe(ExitCodes.Ok);
        (await RunAsync(["client", "list", .. settings])).Output.ShouldBeEmpty();
    }

    [TestCase("client add panel", "say what it may do: --actions LIST, --states, --events, --subjects LIST")]
    [TestCase("client add a.b --states", "'a.b' is no NAME")]
    [TestCase("client add panel --actions light.turn_*", "'light.turn_*' is no pattern")]
    [TestCase("client add panel --subjects _INBOX.>", "'_INBOX.>' is no subject of its own")]
    [TestCase("client add panel --subjects garden.>,>", "'>' is no subject of its own")]
    public async Task A_client_that_could_do_nothing_or_anything_is_not_made(string line, string message)
    {
        var (code, _, error) = await RunAsync([.. line.Split(' '), "--data", Temp.Path, "--nats-listen", "127.0.0.1:0"]);
        code.ShouldBe(ExitCodes.WrongSettings);
        error.ShouldContain(message);
        File.Exists(Temp.Of("fleet.json")).ShouldBeFalse();
    }

    [Test]
    public async Task A_client_gets_no_subject_of_the_home()
    {
        var (code, _, error) = await RunAsync(
            ["client", "add", "panel", "--subjects", "my.>", "--prefix", "my.house", "--data", Temp.Path, "--nats-listen", "127.0.0.1:0"]);
        code.ShouldBe(ExitCodes.Failed);
        error.ShouldContain("my.> is the home's");
        File.Exists(Temp.Of("fleet.json")).ShouldBeFalse();
    }

    [TestCase("client list")]
    [TestCase("client remove panel")]
    [TestCase("device list")]
    [TestCase("device remove lamp desk")]
    [TestCase("gateway list")]
    [TestCase("gateway remove zigbee")]
    public async Task A_data_folder_that_is_not_there_is_named_and_not_made(string line)
    {
        var (code, output, error) = await RunAsync([.. line.Split(' '), "--data", Temp.Of("typo"), "--nats-listen", "127.0.0.1:0"]);
        code.ShouldBe(ExitCodes.Failed);
        output.ShouldBeEmpty();
        error.ShouldStartWith($"There is no data folder {Temp.Of("typo")}.");
        Directory.Exists(Temp.Of("typo")).ShouldBeFalse();
    }

    [Test]
    public async Task A_secret_that_cannot_be_written_makes_no_credential()
    {
        string[] settings = ["--data", Temp.Path, "--nats-listen", "127.0.0.1:0"];
        await File.WriteAllTextAsync(Temp.Of("seed"), "mine");

        (await RunAsync(["gateway", "add", "zigbee", "--out", Temp.Of("seed"), .. settings])).Code.ShouldBe(ExitCodes.Failed);
        (await RunAsync(["device", "add", "lamp", "desk", "--out", Temp.Of("nowhere", "seed"), .. settings]))
            .Code.ShouldBe(ExitCodes.Failed);

        (await RunAsync(["gateway", "list", .. settings])).Output.ShouldBeEmpty();
        (await File.ReadAllTextAsync(Temp.Of("seed"))).ShouldBe("mine");
    }

    [Test]
    public async Task A_server_that_cannot_be_seen_from_here_is_one_line_and_makes_no_credential()
    {
        // As in "docker compose run": the server works on the folder, in another container.
        Directory.CreateDirectory(Temp.Of("nats"));
        string[] settings = ["--data", Temp.Path, "--nats-listen", "127.0.0.1:0"];
        using (Host.DataFolder.FileLock.TryTake(Temp.Of("nats", "store.lock")).ShouldNotBeNull())
        {
            var (code, _, error) = await RunAsync(["device", "add", "lamp", "desk", "--out", Temp.Of("seed"), .. settings]);
            code.ShouldBe(ExitCodes.Failed);
            error.Trim().Split('\n').Length.ShouldBe(1, error);
            error.ShouldContain("docker compose exec");
            File.Exists(Temp.Of("seed")).ShouldBeFalse();

            var doctor = await RunAsync(["doctor", .. settings]);
            doctor.Code.ShouldBe(ExitCodes.Failed);
            doctor.Error.ShouldBeEmpty();
            doctor.Output.ShouldContain("docker compose exec");
        }

        (await RunAsync(["device", "list", .. settings])).Output.ShouldBeEmpty();
    }

    [Test]
    public async Task Several_roles_may_follow_one_flag()
    {
        var (code, _, error) = await RunAsync(
            "run", "--role", "core", "nonsense", "--data", Temp.Path, "--listen", "127.0.0.1:0");
        code.ShouldBe(ExitCodes.WrongSettings);
        error.ShouldContain("there is no role 'nonsense'");
    }

    [Test]
    public async Task A_device_is_forgotten_by_the_sidecar_that_runs()
    {
        string[] forget = ["forget", "lamp", "desk", "--data", Temp.Of("data")];
        var without = await RunAsync(forget);
        without.Code.ShouldBe(ExitCodes.Failed);
        without.Error.Trim().Split('\n').Length.ShouldBe(1, without.Error);
        without.Error.ShouldContain("./bridge run");
        Directory.Exists(Temp.Of("data")).ShouldBeFalse("nothing is made");
        (await RunAsync(["forget", "lamp", "*", "--data", Temp.Path])).Code.ShouldBe(ExitCodes.WrongSettings);

        using var sidecar = Start(
            "run", "--data", Temp.Of("data"), "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0",
            "--nats-server", NatsServers.Newest);
        try
        {
            var printed = await ReadUntilAsync(sidecar, "access token");
            var url = printed.Split('\n').Single(line => line.StartsWith("NATS ", StringComparison.Ordinal)).Split(' ')[^1];
            await AnnounceAsync(url, """{"schema":1,"type":"lamp","id":"desk","name":"Lamp","entities":[]}""");

            // With a credential it can no longer be removed on the plain subject.
            (await RunAsync("device", "add", "lamp", "desk", "--data", Temp.Of("data"))).Code.ShouldBe(ExitCodes.Ok);
            var done = await RunAsync(forget);
            done.Code.ShouldBe(ExitCodes.Ok, done.Error);
            done.Output.ShouldContain("lamp.desk is removed");
            var again = await RunAsync(forget);
            again.Code.ShouldBe(ExitCodes.Failed);
            again.Error.ShouldContain("does not know lamp.desk");

            // Its server lives on.
            sidecar.Kill();
            await sidecar.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
            var killed = await RunAsync(forget);
            killed.Code.ShouldBe(ExitCodes.Failed);
            killed.Error.Trim().Split('\n').Length.ShouldBe(1, killed.Error);
            killed.Error.ShouldContain("No sidecar of this home runs");
        }
        finally
        {
            if (ServerNote.Read(Temp.Of("data", "nats", "server.json")) is { } server)
            {
                ChildProcess.Signal(server.Pid, ChildProcess.Kill);
            }
        }
    }

    [Test]
    public async Task A_certificate_that_cannot_be_used_is_one_line_and_starts_no_server()
    {
        await File.WriteAllTextAsync(Temp.Of("cert.pem"), "nonsense");
        var (code, output, error) = await RunAsync(
            "run", "--data", Temp.Of("data"), "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0",
            "--nats-server", NatsServers.Newest, "--nats-tls-cert", Temp.Of("cert.pem"));

        code.ShouldBe(ExitCodes.WrongSettings, output);
        error.Trim().Split('\n').Length.ShouldBe(1, error);
        error.ShouldStartWith($"--nats-tls-cert {Temp.Of("cert.pem")}: ");
        File.Exists(Temp.Of("data", "nats", "server.conf")).ShouldBeFalse("no server was started");
    }

    [TestCase("--nats-plain")]
    [TestCase("")]
    public async Task A_credential_beyond_loopback_comes_with_the_authority_or_with_a_warning(string plain)
    {
        string[] settings = ["--data", Temp.Path, "--nats-listen", "0.0.0.0:0", .. plain.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        var key = (await RunAsync(["device", "add", "lamp", "desk", .. settings])).Output;
        var password = (await RunAsync(["device", "add", "lamp", "wall", "--password", .. settings])).Output;

        key.ShouldNotContain("WARNING");
        key.ShouldContain("nkeys_seed_str");
        if (plain.Length > 0)
        {
            password.ShouldContain("WARNING: the server speaks plain text");
            key.ShouldNotContain("ca.pem");
            return;
        }

        password.ShouldNotContain("WARNING");
        foreach (var text in new[] { key, password })
        {
            text.ShouldContain("tls://127.0.0.1:");
            text.ShouldContain($"tls = ssl.create_default_context(cafile=\"{Temp.Of("nats", "tls", "ca.pem")}\")");
            text.ShouldContain("localhost");
        }
    }

    [Test]
    public async Task The_authority_is_made_once_and_the_certificate_has_the_names_that_are_added()
    {
        string[] settings = ["--data", Temp.Path, "--nats-listen", "127.0.0.1:0"];
        var (code, output, _) = await RunAsync(["tls", "init", "--nats-tls-name", "home.lan,192.0.2.7", .. settings]);
        code.ShouldBe(ExitCodes.Ok);
        output.ShouldContain(Temp.Of("nats", "tls", "ca.pem"));
        output.ShouldContain("home.lan");
        output.ShouldContain("192.0.2.7");
        output.ShouldContain("listens on this machine only");
        var authority = await File.ReadAllTextAsync(Temp.Of("nats", "tls", "ca.pem"));

        var again = await RunAsync(["tls", "init", .. settings]);
        again.Output.ShouldContain("home.lan");
        (await File.ReadAllTextAsync(Temp.Of("nats", "tls", "ca.pem"))).ShouldBe(authority);

        (await RunAsync(["tls", "init", "--nats-tls-name", "no name", .. settings])).Code.ShouldBe(ExitCodes.WrongSettings);
        var foreign = await RunAsync("tls", "init", "--data", Temp.Path, "--nats", "nats://127.0.0.1:1");
        foreign.Code.ShouldBe(ExitCodes.WrongSettings);
        foreign.Error.Trim().Split('\n').Length.ShouldBe(1, foreign.Error);
    }

    [TestCase("a.b", "c")]
    [TestCase("a", ">")]
    [TestCase("", "c")]
    public async Task A_device_that_cannot_be_is_refused(string type, string id) =>
        (await RunAsync("device", "add", type, id, "--data", Temp.Path)).Code.ShouldBe(ExitCodes.WrongSettings);

    [Test]
    public async Task The_doctor_makes_nothing_and_says_with_its_exit_code_how_it_is()
    {
        var (code, output, _) = await RunAsync(
            "doctor", "--data", Temp.Of("none"), "--listen", "127.0.0.1:0", "--nats-server", NatsServers.Newest);
        output.ShouldContain("nats-server");
        code.ShouldBe(ExitCodes.Ok, output);
        Directory.Exists(Temp.Of("none")).ShouldBeFalse();

        (await RunAsync("doctor", "--data", Temp.Of("none"), "--listen", "127.0.0.1:0", "--nats-server", "/bin/true"))
            .Code.ShouldBe(ExitCodes.Failed);
    }

    private static async Task AnnounceAsync(string url, string description)
    {
        await using var device = new NatsConnection(new NatsOpts { Url = url });
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    var reply = await device.RequestAsync<string, string>("home.discovery.announce", description);
                    return reply.Data!.Contains("\"ok\":true", StringComparison.Ordinal);
                }
                catch (NatsException)
                {
                    // Not ready yet.
                    return false;
                }
            },
            "the device is announced");
    }
}
