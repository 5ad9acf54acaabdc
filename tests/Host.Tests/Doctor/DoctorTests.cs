using HaNatsBridge.Host.Doctor;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream.Models;
using NATS.NKeys;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Doctor;

public sealed class DoctorTests
{
    private TestHome _home = null!;

    [SetUp]
    public async Task SetUp()
    {
        _home = await TestHome.StartAsync(services => services.AddStorage().AddState().AddInMemory(new InMemoryRegistry()));
        await _home.Get<IStateStore>().Ready.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [TearDown]
    public async Task TearDown() => await _home.DisposeAsync();

    [Test]
    public async Task A_home_that_is_well_has_no_findings() =>
        (await ExamineAsync()).Where(one => one.Level != FindingLevel.Ok).ShouldBeEmpty();

    [Test]
    public async Task A_token_that_others_can_read_is_found()
    {
        File.SetUnixFileMode(_home.Folder.TokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var finding = (await ExamineAsync()).Single(one => one.Level == FindingLevel.Error);
        finding.What.ShouldContain(_home.Folder.TokenFile);
        finding.Remedy.ShouldNotBeNull().ShouldContain("chmod 600");
    }

    [Test]
    public async Task A_stream_on_set_is_found_by_name()
    {
        await _home.Get<IHomeStorage>().JetStream.CreateStreamAsync(new StreamConfig("GREEDY", ["home.devices.*.*.set"]));
        (await ExamineAsync()).ShouldContain(one => one.Level == FindingLevel.Error && one.What.Contains("GREEDY"));
    }

    [Test]
    public async Task A_sidecar_that_does_not_answer_where_it_should_is_found() =>
        (await ExamineAsync(options => options with { Listen = "127.0.0.1:1" }))
            .ShouldContain(one => one.Level == FindingLevel.Error && one.What.Contains("127.0.0.1:1"));

    [Test]
    public async Task A_missing_server_program_is_found() =>
        (await ExamineAsync(options => options with { Nats = options.Nats with { ServerProgram = "/nowhere/nats-server" } }))
            .ShouldContain(one => one.Level == FindingLevel.Error && one.Remedy!.Contains("/nowhere/nats-server"));

    [Test]
    public async Task A_home_assistant_that_is_not_there_is_found() =>
        (await ExamineAsync(homeAssistant: new Uri("http://127.0.0.1:1/")))
            .ShouldContain(one => one.Level == FindingLevel.Error && one.What.Contains("Home Assistant"));

    [Test]
    public async Task A_token_that_was_changed_under_a_running_sidecar_is_found()
    {
        await File.WriteAllTextAsync(_home.Folder.TokenFile, new string('x', 43));
        var finding = (await ExamineAsync()).Single(one => one.Level == FindingLevel.Error);
        finding.What.ShouldContain(_home.Folder.TokenFile);
        finding.Remedy.ShouldNotBeNull().ShouldContain("restart");
    }

    [Test]
    public async Task A_server_without_JetStream_is_one_finding_with_a_remedy()
    {
        await using var server = await NatsServerProcess.StartAsync(NatsServerVersion.Newest);
        var findings = await ExamineAsync(options => options with { Nats = new NatsOptions { Url = server.Url } });
        var finding = findings.Single(one => one.Level == FindingLevel.Error);
        finding.What.ShouldContain("JetStream");
        finding.Remedy.ShouldNotBeNull().ShouldContain("jetstream { }");
    }

    [Test]
    public async Task System_credentials_of_another_account_are_found()
    {
        await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { JetStream = true });
        using var pair = KeyPair.CreatePair(PrefixByte.User);
        using var temp = new TempFolder();
        var file = temp.Of("other.creds");
        await File.WriteAllTextAsync(file, $"""
            -----BEGIN NATS USER JWT-----
            e30.e30.e30
            ------END NATS USER JWT------
            -----BEGIN USER NKEY SEED-----
            {pair.GetSeed()}
            ------END USER NKEY SEED------
            """);

        var findings = await ExamineAsync(
            options => options with { Nats = new NatsOptions { Url = server.Url, SystemCreds = file } });
        findings.Single(one => one.Level == FindingLevel.Error).What.ShouldContain("another account");
    }

    [Test]
    public async Task Wrong_credentials_are_found()
    {
        var url = _home.NatsUrl.Replace("nats://", "nats://hanatsbridge:wrong@", StringComparison.Ordinal);
        var findings = await ExamineAsync(options => options with { Nats = new NatsOptions { Url = url } });
        var finding = findings.Single(one => one.Level == FindingLevel.Error);
        finding.What.ShouldContain("Authorization Violation");
        finding.Remedy.ShouldNotBeNull().ShouldContain("--nats-creds");
    }

    private async Task<List<Finding>> ExamineAsync(Func<BridgeOptions, BridgeOptions>? change = null, Uri? homeAssistant = null)
    {
        var options = _home.Get<BridgeOptions>() with { Listen = $"127.0.0.1:{_home.Url.Port}" };
        options = change?.Invoke(options) ?? options;
        var server = new Host.Embedded.Internal.EmbeddedServer(
            options, Host.DataFolder.DataFolderFeature.Look(options), [], TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<Host.Embedded.Internal.EmbeddedServer>.Instance);
        var findings = new List<Finding>();
        await foreach (var finding in DoctorFeature.ExamineAsync(
            options, server, homeAssistant, TimeProvider.System, CancellationToken.None))
        {
            findings.Add(finding);
        }

        return findings;
    }
}
