using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Settings.Internal;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Settings;

/// <summary>What a change of <c>bridge.yaml</c> does to a sidecar that runs.</summary>
public sealed class LiveSettingsTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private readonly FakeTimeProvider _time = new();
    private TempFolder _temp = null!;

    [SetUp]
    public void SetUp() => _temp = new TempFolder();

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public async Task What_can_change_while_the_sidecar_runs_changes_and_the_rest_waits_for_the_next_start()
    {
        Yaml("prefix: first");
        var settings = Read(new() { ["--log-level"] = ["warning"] });
        using var watch = await WatchAsync(settings);
        var changes = 0;
        settings.Changed += () => changes++;

        Yaml("prefix: second\nlog_level: debug\ncommands: {in_flight: 77}\n");
        await Eventually.TrueAsync(() => Tick() && settings.Current.Of<CommandOptions>().InFlight == 77, "the new limit");
        settings.Current.LogLevel.ShouldBe("warning", "the flag still wins");
        settings.Current.Prefix.ShouldBe("first");

        Yaml("prefix: second\nlog_level: loud\n");
        Yaml("prefix: second\n");
        await Eventually.TrueAsync(
            () => Tick() && settings.Current.Of<CommandOptions>().InFlight == 16,
            "a value that is taken out is the default again");
        changes.ShouldBe(2);
        await watch.StopAsync(CancellationToken.None);
    }

    [Test]
    public async Task A_wrong_file_changes_nothing_and_a_file_that_comes_later_is_read()
    {
        var settings = Read();
        using var watch = await WatchAsync(settings);
        Yaml("log_level: error\n");
        await Eventually.TrueAsync(() => Tick() && settings.Current.LogLevel == "error", "a file that was not there at the start");

        Yaml("log_level: debug\nprefix: '*'\n");
        Should.Throw<SettingsException>(() => settings.Reload()).Message.ShouldContain("bridge.yaml, line 2");
        settings.Current.LogLevel.ShouldBe("error");

        File.Delete(_temp.Of("bridge.yaml"));
        await Eventually.TrueAsync(() => Tick() && settings.Current.LogLevel == "information", "the default");
        await watch.StopAsync(CancellationToken.None);
    }

    private LiveSettings Read(Dictionary<string, IReadOnlyList<string>>? flags = null) => (LiveSettings)SettingsFeature.Read(
        [.. Program.Features.SelectMany(feature => feature.Settings)],
        flags ?? [],
        null,
        new Dictionary<string, string> { ["XDG_STATE_HOME"] = _temp.Of("state") },
        _temp.Path);

    private async Task<SettingsWatch> WatchAsync(LiveSettings settings)
    {
        var watch = new SettingsWatch(settings, _time, NullLogger<SettingsWatch>.Instance);
        await watch.StartAsync(CancellationToken.None);
        return watch;
    }

    private bool Tick()
    {
        _time.Advance(Period);
        return true;
    }

    private void Yaml(string text) => File.WriteAllText(_temp.Of("bridge.yaml"), text);
}
