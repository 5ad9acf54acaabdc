using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.State.Internal;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

/// <summary>States of devices that nobody announced are told to a person: a repair, the health report, the log.</summary>
public sealed class OrphanReportTests
{
    private ShiftedTime _time = null!;
    private Lines _log = null!;
    private StateHome _home = null!;

    [SetUp]
    public async Task SetUp()
    {
        _time = new ShiftedTime();
        _log = new Lines();
        _home = await StateHome.StartAsync(
            time: _time, add: services => services.AddSingleton<ILogger<OrphanReports>>(_log));
    }

    [TearDown]
    public async Task TearDown() => await _home.DisposeAsync();

    private OrphanReports Reports => _home.Home.Get<OrphanReports>();

    private StateStore Store => _home.Home.Get<StateStore>();

    private IRepairs Repairs => _home.Home.Get<IRepairs>();

    [Test]
    public async Task States_of_an_id_that_nobody_announced_are_one_repair_until_it_is_announced()
    {
        _home.Registry.Put(InMemoryRegistry.Sensors("hall", 1));
        await PublishedAsync("sensor.hall.state.undeclared", "sensor.typo.state.s0", "sensor.typo.health", "lamp.desk.state");
        Reports.Report();
        Repairs.Snapshot().ShouldBeEmpty("a device may announce itself a moment later");

        _time.Ahead = TimeSpan.FromMinutes(2);
        Reports.Report();

        var repair = Repairs.Snapshot().Single();
        repair.Id.ShouldBe("orphan_states");
        var subjects = repair.Placeholders["subjects"];
        subjects.ShouldMatch(
            @"^home\.devices\.sensor\.typo\.state\.s0 \(since \d{4}-\d\d-\d\d \d\d:\d\d UTC\), "
            + @"home\.devices\.sensor\.typo\.health \(.*\), home\.devices\.lamp\.desk\.state \([^)]*\)$");
        _home.Home.Get<IEnumerable<IHealthContributor>>().Single(one => one.Name == "state").Report()
            .Details!["not_announced"]!.AsArray().Select(one => (string?)one!["subject"]).ShouldBe(
                ["home.devices.sensor.typo.state.s0", "home.devices.sensor.typo.health", "home.devices.lamp.desk.state"]);

        _home.Registry.Put(InMemoryRegistry.Sensors("typo", 1));
        Reports.Report();
        Repairs.Snapshot().Single().Placeholders["subjects"].ShouldStartWith("home.devices.lamp.desk.state (");

        await _home.PublishAsync("home.devices.lamp.desk.state", "", new() { ["Bridge-Removed"] = "1" });
        await Eventually.TrueAsync(() => Store.Unannounced.Count == 0, "it is removed");
        Reports.Report();
        Repairs.Snapshot().ShouldBeEmpty();
    }

    [Test]
    public async Task A_device_that_is_silent_for_an_hour_is_named_no_more()
    {
        await PublishedAsync("sensor.typo.state.s0");
        _time.Ahead = TimeSpan.FromMinutes(50);
        await PublishedAsync("sensor.typo.state.s0");
        _time.Ahead = TimeSpan.FromMinutes(100);
        Reports.Report();
        Repairs.Snapshot().ShouldHaveSingleItem();

        _time.Ahead = TimeSpan.FromMinutes(111);
        Reports.Report();
        Repairs.Snapshot().ShouldBeEmpty();
        Store.Size.Orphans.ShouldBe(1, "its state is still there for an announcement");
    }

    [Test]
    public async Task New_subjects_are_logged_once_a_minute_and_a_repair_lists_ten()
    {
        await PublishedAsync([.. Enumerable.Range(0, 12).Select(i => $"sensor.x{i:00}.state")]);
        _time.Ahead = TimeSpan.FromMinutes(2);
        Reports.Report();
        Reports.Report();
        _log.Single().ShouldContain("New subjects, 12 in all: home.devices.sensor.x00.state, ");
        Repairs.Snapshot().Single().Placeholders["subjects"].ShouldEndWith(" UTC), …");

        await PublishedAsync("sensor.y.state");
        _time.Ahead += TimeSpan.FromSeconds(60);
        Reports.Report();
        _log.Last().ShouldContain("New subjects, 1 in all: home.devices.sensor.y.state");
        _time.Ahead += TimeSpan.FromMinutes(2);
        Reports.Report();
        _log.Count.ShouldBe(2, "nothing is new");
    }

    [Test]
    public void What_was_stored_long_ago_is_known_but_named_to_nobody()
    {
        var orphans = new Orphans(_time);
        orphans.Note(new("sensor", "old"), "home.devices.sensor.old.state", isRemoval: false, TimeSpan.FromDays(30));
        orphans.Note(new("sensor", "new"), "home.devices.sensor.new.state", isRemoval: false, TimeSpan.FromMinutes(30));
        orphans.Unannounced(_ => false).ShouldBeEmpty();

        _time.Ahead = TimeSpan.FromMinutes(2);
        orphans.Lasting().ShouldBe(2);
        var one = orphans.Unannounced(_ => false).Single();
        one.Subject.ShouldBe("home.devices.sensor.new.state");
        (_time.GetUtcNow() - one.Since).ShouldBe(TimeSpan.FromMinutes(32), TimeSpan.FromSeconds(10));
        orphans.Unannounced(device => device.Id == "new").ShouldBeEmpty();
    }

    private async Task PublishedAsync(params string[] names)
    {
        var before = _home.Home.Get<StateMetrics>().Messages;
        foreach (var name in names)
        {
            await _home.PublishAsync($"home.devices.{name}", "1");
        }

        await Eventually.TrueAsync(() => _home.Home.Get<StateMetrics>().Messages == before + names.Length, "all are read");
    }

    private sealed class Lines : List<string>, ILogger<OrphanReports>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add(formatter(state, exception));
    }
}
