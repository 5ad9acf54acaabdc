using System.CommandLine;
using System.CommandLine.Help;
using HaNatsBridge.Host.Cli;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using NATS.NKeys;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Cli;

/// <summary>
/// Each option of each command is used by a case that runs the executable. An option that no case uses fails
/// <see cref="Every_option_of_every_command_is_used_by_a_case"/>. What is in braces is filled in by <see cref="FillInAsync"/>.
/// </summary>
public sealed class OptionTests : CommandLineTest
{
    private const string Settings =
        "--config {config} --data {data} --listen 127.0.0.1:0 --prefix my.house --role core --role home_assistant "
        + "--storage-max-bytes 200MiB --commands-in-flight 4 --simulate 1 --log-level debug --tls-cert {cert} --tls-key {key}"
        + " --no-zeroconf --mqtt mqtt://user:secret@127.0.0.1:1 --mqtt-forward sensors/#->sensors.> --role mqtt --max-entities 500 --max-entities-per-credential 100 --max-devices-per-credential 50";

    private const string Embedded = " --nats-listen 127.0.0.1:0 --mqtt-listen 127.0.0.1:0 --nats-server {server} --no-anonymous --nats-tls-cert {cert}"
        + " --nats-tls-key {key}";

    private const string Own = " --nats {nats} --nats-creds {creds} --nats-system-creds {creds}";
    private const string Fleet = " --config {config} --data {data} --prefix my.house --nats-listen 127.0.0.1:0 --mqtt-listen 127.0.0.1:0 --no-anonymous"
        + " --nats-tls-cert {cert} --nats-tls-key {key}";

    /// <summary>The settings of TLS that do not go together with those above.</summary>
    private const string Names = " --data {data} --nats-listen 127.0.0.1:0 --nats-plain --nats-tls-name home.local";
    private const string Foreign = " --nats {nats} --nats-ca {ca}";

    private static readonly Case[] Cases =
    [
        new("run " + Settings + Embedded, ExitCodes.Ok, "https://127.0.0.1") { StopsAt = "sim_1 is online" },
        new("run " + Settings + Own, ExitCodes.Ok, "NATS          nats://127.0.0.1") { StopsAt = "access token" },
        new("run --check " + Settings + Embedded, ExitCodes.Ok, "are free"),
        new("run --check --listen 127.0.0.1:0" + Names, ExitCodes.Ok, "are free"),
        new("run --check --listen 127.0.0.1:0" + Foreign, ExitCodes.Ok, "are free"),
        new("simulate --config {config} --nats {nats} --nats-creds {creds} --prefix my.house --simulate 1 --log-level debug",
            ExitCodes.Ok, "Simulated devices: 1") { StopsAt = "Connected" },
        new("simulate" + Foreign, ExitCodes.Ok, "No connection to NATS") { StopsAt = "No connection to NATS" },
        new("doctor --home-assistant {homeAssistant} " + Settings + Embedded, ExitCodes.Ok, "Home Assistant answers"),
        new("doctor --home-assistant 127.0.0.1:1 " + Settings + Own, ExitCodes.Failed, "cannot be reached at http://127.0.0.1:1"),
        new("doctor --listen 127.0.0.1:0" + Names, ExitCodes.Ok, "The sidecar does not run now"),
        new("doctor --listen 127.0.0.1:0" + Foreign, ExitCodes.Failed, "TLS"),
        new("device add lamp desk --sub one --password --out {data}/secret" + Fleet, ExitCodes.Ok, "my.house.discovery"),
        new("device add lamp desk --mqtt --topic desk/# --topic desk2/+" + Fleet, ExitCodes.Ok, "mqtts://127.0.0.1"),
        new("device add lamp desk --topic desk/#" + Names, ExitCodes.WrongSettings, "--topic goes with --mqtt"),
        new("device add lamp desk" + Names, ExitCodes.Ok, "lamp.desk"),
        new("device list" + Fleet, ExitCodes.Ok, ""),
        new("device list" + Names, ExitCodes.Ok, ""),
        new("device remove lamp desk" + Fleet, ExitCodes.Failed, "lamp.desk has no credential"),
        new("device remove lamp desk" + Names, ExitCodes.Failed, "lamp.desk has no credential"),
        new("gateway add zigbee --password --out {data}/secret" + Fleet, ExitCodes.Ok, "my.house.discovery"),
        new("gateway add zigbee" + Names, ExitCodes.Ok, "zigbee"),
        new("gateway list" + Fleet, ExitCodes.Ok, ""),
        new("gateway list" + Names, ExitCodes.Ok, ""),
        new("gateway remove zigbee" + Fleet, ExitCodes.Failed, "zigbee.* has no credential"),
        new("gateway remove zigbee" + Names, ExitCodes.Failed, "zigbee.* has no credential"),
        new("client add panel --actions light.* --states --events --subjects garden.> --password --out {data}/secret" + Fleet,
            ExitCodes.Ok, "my.house.ha.services"),
        new("client add panel --states" + Names, ExitCodes.Ok, "panel"),
        new("client list" + Fleet, ExitCodes.Ok, ""),
        new("client list" + Names, ExitCodes.Ok, ""),
        new("client remove panel" + Fleet, ExitCodes.Failed, "panel has no credential"),
        new("client remove panel" + Names, ExitCodes.Failed, "panel has no credential"),
        new("forget lamp desk" + Fleet, ExitCodes.Failed, "No sidecar runs on"),
        new("forget lamp desk" + Names, ExitCodes.Failed, "No sidecar runs on"),
        new("forget lamp desk --config {config} --nats {nats} --nats-creds {creds} --prefix my.house",
            ExitCodes.Failed, "No sidecar of this home runs"),
        new("forget lamp desk" + Foreign, ExitCodes.Failed, "TLS"),
        new("mqtt import --config {config} --data {data} --mqtt mqtt://127.0.0.1:1 --prefix ha --json --apply",
            ExitCodes.Failed, "No connection to the MQTT broker 127.0.0.1:1"),
        new("mqtt import --apply", ExitCodes.WrongSettings, "--apply: name the broker"),
        new("tls init" + Fleet, ExitCodes.Ok, "Authority"),
        new("tls init" + Names, ExitCodes.Ok, "home.local"),
        .. from command in new[]
            {
                "device add lamp desk", "device list", "device remove lamp desk", "gateway add zigbee", "gateway list",
                "gateway remove zigbee", "client add panel --states", "client list", "client remove panel", "tls init",
            }
            select new Case(
                $"{command} --nats {{nats}} --data {{data}}",
                command.EndsWith("list", StringComparison.Ordinal) ? ExitCodes.Ok
                : command == "tls init" ? ExitCodes.WrongSettings : ExitCodes.Failed,
                ""),
        new("version", ExitCodes.Ok, "."),
        new("--version", ExitCodes.Ok, "."),
    ];

    private readonly List<IAsyncDisposable> _servers = [];
    private TestCertificates _certificates = null!;

    [SetUp]
    public void MakeCertificates() => _certificates = new TestCertificates();

    [TearDown]
    public async Task StopServers()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _servers.Clear();
        _certificates.Dispose();
    }

    [TestCaseSource(nameof(Cases))]
    public async Task It_works(Case tried)
    {
        Directory.CreateDirectory(Temp.Of("data"));
        var arguments = await FillInAsync(tried.Line);
        var (code, output, error) = tried.StopsAt is { } mark ? await RunUntilAsync(mark, arguments) : await RunAsync(arguments);

        code.ShouldBe(tried.ExitCode, output + error);
        (output + error).ShouldContain(tried.Output);
        (output + error).ShouldNotContain("   at ", customMessage: "no stack trace");
    }

    [Test]
    public void Every_option_of_every_command_is_used_by_a_case()
    {
        var unused =
            from command in Commands()
            from option in command.Options
            where option is not HelpOption
            where !Cases.Any(one => $"{one.Line} ".StartsWith($"{command.Path} ".TrimStart(), StringComparison.Ordinal)
                && $" {one.Line} ".Contains($" {option.Name} ", StringComparison.Ordinal))
            select $"{command.Path} {option.Name}";
        unused.ShouldBeEmpty();
    }

    [TestCaseSource(nameof(Commands))]
    public async Task Help_lists_every_option((string Path, IReadOnlyList<Option> Options) command)
    {
        using var output = new StringWriter();
        var parsed = BridgeCommandLine.Create(Program.Features).Parse($"{command.Path} --help");
        (await parsed.InvokeAsync(new InvocationConfiguration { Output = output })).ShouldBe(ExitCodes.Ok);
        command.Options.Select(option => option.Name).Where(name => !output.ToString().Contains(name)).ShouldBeEmpty();
    }

    private static IEnumerable<(string Path, IReadOnlyList<Option> Options)> Commands() =>
        Below(BridgeCommandLine.Create(Program.Features), "");

    private static IEnumerable<(string Path, IReadOnlyList<Option> Options)> Below(Command command, string path) =>
        command.Subcommands.SelectMany(one => Below(one, $"{path} {one.Name}".TrimStart()))
            .Prepend((path, [.. command.Options.Where(option => !option.Hidden)]));

    private async Task<string[]> FillInAsync(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = words[i] switch
            {
                "{config}" => Write("bridge.yaml", "logLevel: warning\n"),
                "{cert}" => _certificates.ServerCertFile,
                "{key}" => _certificates.ServerKeyFile,
                "{ca}" => _certificates.CaFile,
                "{server}" => NatsServers.Newest,
                "{creds}" => Write("home.creds", Creds()),
                "{nats}" => await StartNatsAsync(),
                "{homeAssistant}" => await StartHomeAssistantAsync(),
                var word => word.Replace("{data}", Temp.Of("data"), StringComparison.Ordinal),
            };
        }

        return words;
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(Temp.Of(name), text);
        return Temp.Of(name);
    }

    /// <summary>Of no account: a server that asks for none takes them.</summary>
    private static string Creds()
    {
        using var pair = KeyPair.CreatePair(PrefixByte.User);
        return $"""
            -----BEGIN NATS USER JWT-----
            e30.e30.e30
            ------END NATS USER JWT------
            -----BEGIN USER NKEY SEED-----
            {pair.GetSeed()}
            ------END USER NKEY SEED------
            """;
    }

    private async Task<string> StartNatsAsync()
    {
        var server = await NatsServerProcess.StartAsync(new NatsServerOptions { JetStream = true });
        _servers.Add(server);
        return server.Url;
    }

    private async Task<string> StartHomeAssistantAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context => Task.CompletedTask);
        await app.StartAsync();
        _servers.Add(app);
        return app.Urls.First();
    }

    private async Task<(int Code, string Output, string Error)> RunUntilAsync(string mark, string[] arguments)
    {
        using var process = Start(arguments);
        using var limit = new CancellationTokenSource(Patience);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await ReadUntilAsync(process, mark);
        ChildProcess.Signal(process.Id, ChildProcess.Terminate);
        output += await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, output, await error);
    }

    /// <summary>A command line, and what it is to end with.</summary>
    /// <param name="Line">The words after the program's name.</param>
    /// <param name="ExitCode">Its end.</param>
    /// <param name="Output">What its output has.</param>
    public sealed record Case(string Line, int ExitCode, string Output)
    {
        /// <summary>What it has printed when it is stopped; null: it ends by itself.</summary>
        public string? StopsAt { get; init; }

        public override string ToString() => Line;
    }
}
