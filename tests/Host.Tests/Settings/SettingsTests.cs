using System.CommandLine;
using HaNatsBridge.Host.Cli.Internal;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Settings;

public sealed class SettingsTests
{
    private static readonly IReadOnlyList<Setting> Table = [.. Program.Features.SelectMany(feature => feature.Settings)];
    private TempFolder _temp = null!;

    [SetUp]
    public void SetUp() => _temp = new TempFolder();

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public void Without_any_setting_the_defaults_of_the_contract_hold()
    {
        var options = Read();

        options.Listen.ShouldBe("127.0.0.1:8129");
        options.Prefix.ShouldBe("home");
        options.Simulate.ShouldBe(0);
        options.Roles.ShouldBeEmpty();
        options.Nats.ShouldBe(new NatsOptions());
    }

    [Test]
    public void A_flag_wins_over_the_environment_and_that_over_the_file()
    {
        Yaml("""
            listen: 127.0.0.1:1
            prefix: file
            simulate: 3
            """);
        var options = Read(
            new() { ["--listen"] = ["127.0.0.1:3"] },
            new() { ["Bridge__Listen"] = "127.0.0.1:2", ["Bridge__Prefix"] = "environment" });

        options.Listen.ShouldBe("127.0.0.1:3");
        options.Prefix.ShouldBe("environment");
        options.Simulate.ShouldBe(3);
    }

    [Test]
    public void The_file_may_write_keys_in_any_style_and_stand_under_a_root()
    {
        Yaml("""
            bridge:
              nats: { server_program: /x, listen: "localhost:4333" }
              roles: [core, home_assistant]
              log-level: Debug
            """);
        var options = Read();

        options.Nats.ServerProgram.ShouldBe("/x");
        options.Nats.Listen.ShouldBe("127.0.0.1:4333");
        options.Roles.ShouldBe(["core", "home_assistant"]);
        options.LogLevel.ShouldBe("debug");
    }

    [Test]
    public void Without_a_file_in_the_working_directory_the_one_in_the_data_folder_is_read()
    {
        Directory.CreateDirectory(_temp.Of("data"));
        File.WriteAllText(_temp.Of("data", "bridge.yaml"), "prefix: from_data\n");
        Read(new() { ["--data"] = [_temp.Of("data")] }).Prefix.ShouldBe("from_data");
        Read(environment: new() { ["Bridge__Data"] = _temp.Of("data") }).Prefix.ShouldBe("from_data");
        Yaml("prefix: from_here\n");
        Read(new() { ["--data"] = [_temp.Of("data")] }).Prefix.ShouldBe("from_here");
    }

    [Test]
    public void Roles_may_be_given_one_by_one_or_in_a_list()
    {
        Read(new() { ["--role"] = ["core", "home_assistant"] }).Roles.ShouldBe(["core", "home_assistant"]);
        Read(environment: new() { ["Bridge__Roles"] = "core, home_assistant" }).Roles.ShouldBe(["core", "home_assistant"]);
        Read(environment: new() { ["Bridge__Roles__0"] = "core", ["Bridge__Roles__1"] = "home_assistant" }).Roles.ShouldBe(
            ["core", "home_assistant"]);
    }

    [TestCase("--listen", "8129", "127.0.0.1:8129")]
    [TestCase("--listen", "127.0.0.1:65536", "--listen")]
    [TestCase("--listen", "example.com:80", "address")]
    [TestCase("--prefix", "home.>", "my.house")]
    [TestCase("--prefix", "", "--prefix")]
    [TestCase("--simulate", "-1", "whole number")]
    [TestCase("--commands-in-flight", "1025", "from 1 to 1024")]
    [TestCase("--simulate", "many", "whole number")]
    [TestCase("--log-level", "loud", "warning")]
    [TestCase("--nats", "http://host", "nats://")]
    [TestCase("--nats-creds", "/nowhere/file.creds", "no such file")]
    public void A_wrong_flag_is_named_with_what_would_be_right(string flag, string value, string hint)
    {
        var error = Should.Throw<SettingsException>(
            () => Read(new() { [flag] = [value], ["--nats"] = flag == "--nats" ? [value] : ["nats://x"] }));
        error.Message.ShouldContain(flag);
        error.Message.ShouldContain(hint);
    }

    [Test]
    public void A_password_in_the_address_of_NATS_is_never_repeated()
    {
        const string url = "ws://bridge:s3cret@host";
        Yaml($"nats: {{url: '{url}'}}\n");
        string[] messages =
        [
            Should.Throw<SettingsException>(
                () => Read(new() { ["--nats"] = [url] }, new() { ["Bridge__Nats__Url"] = "nats://x" })).Message,
            Should.Throw<SettingsException>(() => Read(environment: new() { ["Bridge__Nats__Url"] = url })).Message,
            Should.Throw<SettingsException>(() => Read()).Message,
        ];
        messages.ShouldAllBe(message => !message.Contains("s3cret") && message.Contains("nats://host:4222"));
    }

    [Test]
    public void A_wrong_variable_is_named_as_it_was_written() =>
        Should.Throw<SettingsException>(
            () => Read(environment: new() { ["BRIDGE__SIMULATE"] = "x" })).Message.ShouldContain("BRIDGE__SIMULATE");

    [Test]
    public void A_wrong_line_of_the_file_is_named_with_its_number()
    {
        Yaml("prefix: home\nsimulate: lots\n");
        var error = Should.Throw<SettingsException>(() => Read());
        error.Message.ShouldContain("bridge.yaml, line 2");
        error.Message.ShouldContain("simulate");
    }

    [Test]
    public void An_unknown_setting_is_refused_with_the_nearest_one()
    {
        Yaml("nats: {ulr: nats://x}\n");
        Should.Throw<SettingsException>(() => Read()).Message.ShouldContain("did you mean Nats:Url");
        File.Delete(_temp.Of("bridge.yaml"));
        Should.Throw<SettingsException>(
            () => Read(environment: new() { ["Bridge__Nats__Crds"] = "x" })).Message.ShouldContain("did you mean Nats:Creds");
    }

    [TestCase("nats: [1, {a: b}]")]
    [TestCase("a: {b: {c: {d: {e: 1}}}}")]
    [TestCase("{{{")]
    [TestCase("just text")]
    [TestCase("? [a]\n: b")]
    public void A_file_of_another_shape_is_an_error_and_no_crash(string yaml)
    {
        Yaml(yaml);
        Should.Throw<SettingsException>(() => Read()).Message.ShouldContain("bridge.yaml");
    }

    [Test]
    public void A_key_without_a_certificate_is_refused()
    {
        var key = _temp.Of("key.pem");
        File.WriteAllText(key, "");
        Should.Throw<SettingsException>(() => Read(new() { ["--tls-key"] = [key] })).Message.ShouldContain("--tls-cert");
    }

    [Test]
    public void Every_setting_has_a_name_of_its_own_and_a_line_in_the_docs()
    {
        Table.Select(setting => setting.Key).ShouldBeUnique();
        Table.Where(setting => setting.Read is null).Select(setting => setting.Flag).ShouldBeUnique();
        var page = File.ReadAllText(Path.Combine(Project.Root, "docs", "operations.md"));
        Table.Select(setting => setting.Read is not null ? $"`{setting.Key.ToLowerInvariant()}:`"
            : setting.IsSwitch ? $"`{setting.Flag}`" : $"`{setting.Flag} ")
            .Where(flag => !page.Contains(flag, StringComparison.Ordinal))
            .ShouldBeEmpty("docs/operations.md");
    }

    [TestCase("--no-anonymous", true)]
    [TestCase("--no-anonymous false", false)]
    [TestCase("", false)]
    public void A_switch_is_on_by_its_flag_alone(string arguments, bool expected)
    {
        var command = new Command("run");
        var flags = SettingsFlags.AddTo(command, Table);
        var parsed = command.Parse([.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--data", _temp.Path]);
        parsed.Errors.ShouldBeEmpty();
        flags.Read(parsed).Current.Nats.NoAnonymous.ShouldBe(expected);
    }

    [Test]
    public void A_switch_takes_true_and_false_and_nothing_else()
    {
        Read(new() { ["--no-anonymous"] = ["on"] }).Nats.NoAnonymous.ShouldBeTrue();
        Should.Throw<SettingsException>(() => Read(new() { ["--no-anonymous"] = ["maybe"] })).Message.ShouldContain("true or false");
    }

    [Test]
    public void A_named_file_that_is_missing_is_refused() =>
        Should.Throw<SettingsException>(() => SettingsFeature.Read(
            Table, new Dictionary<string, IReadOnlyList<string>>(), "missing.yaml", new Dictionary<string, string>(), _temp.Path))
            .Message.ShouldContain("missing.yaml");

    [TestCase("127.0.0.1:4222", "127.0.0.1", 4222, true)]
    [TestCase("[::1]:4222", "::1", 4222, true)]
    [TestCase("localhost:0", "127.0.0.1", 0, true)]
    [TestCase("*:8129", "0.0.0.0", 8129, false)]
    [TestCase("192.168.1.2:4222", "192.168.1.2", 4222, false)]
    public void An_address_and_port_are_read(string text, string host, int port, bool isLoopback)
    {
        HostPort.TryParse(text, out var value).ShouldBeTrue();
        value.ShouldBe(new HostPort(host, port));
        value.IsLoopback.ShouldBe(isLoopback);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase(":4222")]
    [TestCase("::1:4222")]
    [TestCase("host:4222")]
    [TestCase("127.0.0.1:")]
    [TestCase("127.0.0.1:-1")]
    public void Anything_else_is_no_address_and_port(string? text) => HostPort.TryParse(text, out _).ShouldBeFalse();

    private void Yaml(string text) => File.WriteAllText(_temp.Of("bridge.yaml"), text);

    private BridgeOptions Read(Dictionary<string, string[]>? flags = null, Dictionary<string, string>? environment = null)
    {
        environment ??= [];
        environment.TryAdd("XDG_STATE_HOME", _temp.Of("state"));
        var given = (flags ?? []).ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)pair.Value);
        return SettingsFeature.Read(Table, given, null, environment, _temp.Path).Current;
    }
}
