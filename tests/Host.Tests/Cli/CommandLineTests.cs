using System.Diagnostics;
using HaNatsBridge.Host.Cli;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Cli;

/// <summary>The executable itself, as a person or a service manager starts it.</summary>
public sealed class CommandLineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<(int Pid, long? Start)> _started = [];
    private TempFolder _temp = null!;

    [SetUp]
    public void SetUp() => _temp = new TempFolder();

    [TearDown]
    public void TearDown()
    {
        // What a failed test left behind, and its server, which lives on by itself, would trouble those that come after it.
        var server = ServerNote.Read(_temp.Of("nats", "server.json"));
        foreach (var one in _started.Where(one => one.Start is not null && Processes.StartOf(one.Pid) == one.Start))
        {
            ChildProcess.Signal(one.Pid, ChildProcess.Kill);
        }

        if (server is not null && Processes.StartOf(server.Pid) == server.Started)
        {
            ChildProcess.Signal(server.Pid, ChildProcess.Kill);
        }

        _started.Clear();
        _temp.Dispose();
    }

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
        var (code, _, error) = await RunAsync("run", "--listen", "nonsense", "--data", _temp.Path);
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
            "run", "--data", _temp.Path, "--listen", listen, "--nats-listen", "127.0.0.1:0", "--nats-server", NatsServers.Newest);

        code.ShouldBe(ExitCodes.Failed);
        error.Trim().Split('\n').Length.ShouldBe(1, error);
        error.ShouldContain(listen);
        error.ShouldContain("--listen");
        output.ShouldBeEmpty("no stack trace, and nothing was started");
        File.Exists(_temp.Of("nats", "store.lock")).ShouldBeFalse("no server was started");
    }

    [Test]
    public async Task An_unknown_flag_is_a_usage_error()
    {
        var (code, _, error) = await RunAsync("run", "--nonsense", "x");
        code.ShouldBe(ExitCodes.WrongSettings);
        error.ShouldContain("--nonsense");
    }

    [Test]
    public async Task A_sidecar_runs_until_it_is_stopped_and_stops_its_server()
    {
        using var sidecar = Start(
            "run", "--data", _temp.Path, "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0",
            "--nats-server", NatsServers.Newest);
        var noted = await ReadUntilAsync(sidecar, "access token");
        noted.ShouldContain(_temp.Of("token"));

        var second = await RunAsync("run", "--data", _temp.Path, "--listen", "127.0.0.1:0");
        second.Code.ShouldBe(ExitCodes.Taken);
        second.Error.ShouldContain($"process {sidecar.Id}");

        ChildProcess.Signal(sidecar.Id, ChildProcess.Terminate);
        await sidecar.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
        sidecar.ExitCode.ShouldBe(ExitCodes.Ok);
        using var free = Host.DataFolder.FileLock.TryTake(_temp.Of("nats", "store.lock"));
        free.ShouldNotBeNull("the server has ended");
    }

    [Test]
    public async Task The_server_of_a_killed_sidecar_lives_on_and_is_adopted()
    {
        string[] arguments =
        [
            "run", "--data", _temp.Path, "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0",
            "--nats-server", NatsServers.Newest,
        ];
        using var first = Start(arguments);
        await ReadUntilAsync(first, "access token");
        first.Kill();
        await first.WaitForExitAsync(new CancellationTokenSource(Patience).Token);
        Host.DataFolder.FileLock.TryTake(_temp.Of("nats", "store.lock")).ShouldBeNull("the server lives");

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
            "device", "add", "lamp", "desk", "--sub", "one", "--data", _temp.Path, "--nats-listen", "127.0.0.1:0");
        code.ShouldBe(ExitCodes.Ok);
        output.ShouldContain("_INBOX.lamp.desk");
        var seed = output.Split('\n').Single(line => line.TrimStart().StartsWith("seed", StringComparison.Ordinal)).Trim()
            .Split(' ')[^1];
        seed.ShouldStartWith("SU");

        var list = (await RunAsync("device", "list", "--data", _temp.Path, "--nats-listen", "127.0.0.1:0")).Output;
        list.ShouldContain("lamp.desk lamp.one");
        list.ShouldNotContain(seed);
        string[] remove = ["device", "remove", "lamp", "desk", "--data", _temp.Path, "--nats-listen", "127.0.0.1:0"];
        (await RunAsync(remove)).Code.ShouldBe(ExitCodes.Ok);
        (await RunAsync(remove)).Code.ShouldBe(ExitCodes.Failed);
    }

    [Test]
    public async Task A_gateways_credential_is_made_listed_and_revoked()
    {
        string[] settings = ["--data", _temp.Path, "--nats-listen", "127.0.0.1:0"];
        (await RunAsync(["gateway", "add", "zigbee", "--out", _temp.Of("seed"), .. settings])).Code.ShouldBe(ExitCodes.Ok);
        File.GetUnixFileMode(_temp.Of("seed")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await File.ReadAllTextAsync(_temp.Of("seed"))).ShouldStartWith("SU");
        (await RunAsync(["gateway", "list", .. settings])).Output.ShouldContain("every zigbee");
        (await RunAsync(["gateway", "remove", "zigbee", .. settings])).Code.ShouldBe(ExitCodes.Ok);
        (await RunAsync(["gateway", "list", .. settings])).Output.ShouldBeEmpty();
    }

    [Test]
    public async Task A_secret_that_cannot_be_written_makes_no_credential()
    {
        string[] settings = ["--data", _temp.Path, "--nats-listen", "127.0.0.1:0"];
        await File.WriteAllTextAsync(_temp.Of("seed"), "mine");

        (await RunAsync(["gateway", "add", "zigbee", "--out", _temp.Of("seed"), .. settings])).Code.ShouldBe(ExitCodes.Failed);
        (await RunAsync(["device", "add", "lamp", "desk", "--out", _temp.Of("nowhere", "seed"), .. settings]))
            .Code.ShouldBe(ExitCodes.Failed);

        (await RunAsync(["gateway", "list", .. settings])).Output.ShouldBeEmpty();
        (await File.ReadAllTextAsync(_temp.Of("seed"))).ShouldBe("mine");
    }

    [Test]
    public async Task A_server_that_cannot_be_seen_from_here_is_one_line_and_makes_no_credential()
    {
        // As in "docker compose run": the server works on the folder, in another container.
        Directory.CreateDirectory(_temp.Of("nats"));
        string[] settings = ["--data", _temp.Path, "--nats-listen", "127.0.0.1:0"];
        using (Host.DataFolder.FileLock.TryTake(_temp.Of("nats", "store.lock")).ShouldNotBeNull())
        {
            var (code, _, error) = await RunAsync(["device", "add", "lamp", "desk", "--out", _temp.Of("seed"), .. settings]);
            code.ShouldBe(ExitCodes.Failed);
            error.Trim().Split('\n').Length.ShouldBe(1, error);
            error.ShouldContain("docker compose exec");
            File.Exists(_temp.Of("seed")).ShouldBeFalse();

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
            "run", "--role", "core", "nonsense", "--data", _temp.Path, "--listen", "127.0.0.1:0");
        code.ShouldBe(ExitCodes.WrongSettings);
        error.ShouldContain("there is no role 'nonsense'");
    }

    [Test]
    public async Task A_device_is_forgotten_by_the_sidecar_that_runs()
    {
        string[] forget = ["forget", "lamp", "desk", "--data", _temp.Of("data")];
        var without = await RunAsync(forget);
        without.Code.ShouldBe(ExitCodes.Failed);
        without.Error.Trim().Split('\n').Length.ShouldBe(1, without.Error);
        without.Error.ShouldContain("./bridge run");
        Directory.Exists(_temp.Of("data")).ShouldBeFalse("nothing is made");
        (await RunAsync(["forget", "lamp", "*", "--data", _temp.Path])).Code.ShouldBe(ExitCodes.WrongSettings);

        using var sidecar = Start(
            "run", "--data", _temp.Of("data"), "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0",
            "--nats-server", NatsServers.Newest);
        try
        {
            var printed = await ReadUntilAsync(sidecar, "access token");
            var url = printed.Split('\n').Single(line => line.StartsWith("NATS ", StringComparison.Ordinal)).Split(' ')[^1];
            await AnnounceAsync(url, """{"schema":1,"type":"lamp","id":"desk","name":"Lamp","entities":[]}""");

            // With a credential it can no longer be removed on the plain subject.
            (await RunAsync("device", "add", "lamp", "desk", "--data", _temp.Of("data"))).Code.ShouldBe(ExitCodes.Ok);
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
            if (ServerNote.Read(_temp.Of("data", "nats", "server.json")) is { } server)
            {
                ChildProcess.Signal(server.Pid, ChildProcess.Kill);
            }
        }
    }

    [Test]
    public async Task A_certificate_that_cannot_be_used_is_one_line_and_starts_no_server()
    {
        await File.WriteAllTextAsync(_temp.Of("cert.pem"), "nonsense");
        var (code, output, error) = await RunAsync(
            "run", "--data", _temp.Of("data"), "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0",
            "--nats-server", NatsServers.Newest, "--nats-tls-cert", _temp.Of("cert.pem"));

        code.ShouldBe(ExitCodes.WrongSettings, output);
        error.Trim().Split('\n').Length.ShouldBe(1, error);
        error.ShouldStartWith($"--nats-tls-cert {_temp.Of("cert.pem")}: ");
        File.Exists(_temp.Of("data", "nats", "server.conf")).ShouldBeFalse("no server was started");
    }

    [TestCase("--nats-plain")]
    [TestCase("")]
    public async Task A_credential_beyond_loopback_comes_with_the_authority_or_with_a_warning(string plain)
    {
        string[] settings = ["--data", _temp.Path, "--nats-listen", "0.0.0.0:0", .. plain.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
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
            text.ShouldContain($"tls = ssl.create_default_context(cafile=\"{_temp.Of("nats", "tls", "ca.pem")}\")");
            text.ShouldContain("localhost");
        }
    }

    [Test]
    public async Task The_authority_is_made_once_and_the_certificate_has_the_names_that_are_added()
    {
        string[] settings = ["--data", _temp.Path, "--nats-listen", "127.0.0.1:0"];
        var (code, output, _) = await RunAsync(["tls", "init", "--nats-tls-name", "home.lan,192.0.2.7", .. settings]);
        code.ShouldBe(ExitCodes.Ok);
        output.ShouldContain(_temp.Of("nats", "tls", "ca.pem"));
        output.ShouldContain("home.lan");
        output.ShouldContain("192.0.2.7");
        output.ShouldContain("listens on this machine only");
        var authority = await File.ReadAllTextAsync(_temp.Of("nats", "tls", "ca.pem"));

        var again = await RunAsync(["tls", "init", .. settings]);
        again.Output.ShouldContain("home.lan");
        (await File.ReadAllTextAsync(_temp.Of("nats", "tls", "ca.pem"))).ShouldBe(authority);

        (await RunAsync(["tls", "init", "--nats-tls-name", "no name", .. settings])).Code.ShouldBe(ExitCodes.WrongSettings);
        var foreign = await RunAsync("tls", "init", "--data", _temp.Path, "--nats", "nats://127.0.0.1:1");
        foreign.Code.ShouldBe(ExitCodes.WrongSettings);
        foreign.Error.Trim().Split('\n').Length.ShouldBe(1, foreign.Error);
    }

    [TestCase("a.b", "c")]
    [TestCase("a", ">")]
    [TestCase("", "c")]
    public async Task A_device_that_cannot_be_is_refused(string type, string id) =>
        (await RunAsync("device", "add", type, id, "--data", _temp.Path)).Code.ShouldBe(ExitCodes.WrongSettings);

    [Test]
    public async Task The_doctor_makes_nothing_and_says_with_its_exit_code_how_it_is()
    {
        var (code, output, _) = await RunAsync(
            "doctor", "--data", _temp.Of("none"), "--listen", "127.0.0.1:0", "--nats-server", NatsServers.Newest);
        output.ShouldContain("nats-server");
        code.ShouldBe(ExitCodes.Ok, output);
        Directory.Exists(_temp.Of("none")).ShouldBeFalse();

        (await RunAsync("doctor", "--data", _temp.Of("none"), "--listen", "127.0.0.1:0", "--nats-server", "/bin/true"))
            .Code.ShouldBe(ExitCodes.Failed);
    }

    private static async Task AnnounceAsync(string url, string description)
    {
        await using var device = new NatsConnection(new NatsOpts { Url = url });
        await Eventually.IsTrueAsync(
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

    private Process Start(params string[] arguments)
    {
        var dll = typeof(Program).Assembly.Location;
        var information = new ProcessStartInfo("dotnet", [dll, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var process = Process.Start(information)!;
        _started.Add((process.Id, Processes.StartOf(process.Id)));
        return process;
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        using var limit = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }

    private static async Task<string> ReadUntilAsync(Process process, string mark)
    {
        using var limit = new CancellationTokenSource(Patience);
        var text = "";
        while (!text.Contains(mark, StringComparison.Ordinal)
            && await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            text += line + "\n";
        }

        return text;
    }
}
