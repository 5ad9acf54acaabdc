using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.State.Internal;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class StateFollowingTests(string program)
{
    private static readonly NatsHeaders Removal = new() { ["Bridge-Removed"] = "1" };

    private ShiftedTime _time = null!;
    private StateHome _home = null!;

    [SetUp]
    public async Task SetUp()
    {
        _time = new ShiftedTime();
        _home = await StateHome.StartAsync(program: program, time: _time);
        _home.Registry.Put(InMemoryRegistry.Sensors("hall", 3));
    }

    [TearDown]
    public async Task TearDown() => await _home.DisposeAsync();

    [Test]
    public async Task Single_keys_and_snapshots_replace_the_whole_state()
    {
        await _home.PublishAsync("home.devices.sensor.hall.state.s0", "1.5");
        await _home.IsAsync("sensor.hall.s0", "1.5");

        await _home.PublishAsync("home.devices.sensor.hall.state", """{"s1": 2, "s2": 3, "unheard_of": 4}""");
        await _home.IsAsync("sensor.hall.s2", "3");
        _home.StateOf("sensor.hall.s1").ShouldBe("2");
        _home.StateOf("sensor.hall.s0").ShouldBe("null", "a declared key that a snapshot leaves out is unknown");
        _home.Registry.Signs.ShouldContain(new DeviceId("sensor", "hall"));
    }

    [Test]
    public async Task A_wrong_value_makes_one_entity_unknown_and_is_listed()
    {
        await _home.PublishAsync("home.devices.sensor.hall.state", """{"s0": "warm", "s1": 2, "s2": 3}""");
        await _home.IsAsync("sensor.hall.s2", "3");
        _home.StateOf("sensor.hall.s0").ShouldBe("null");
        _home.StateOf("sensor.hall.s1").ShouldBe("2");

        await _home.PublishAsync("home.devices.sensor.hall.state.s0", "warmer");
        await _home.PublishAsync("home.devices.sensor.hall.state.s1", "");
        await _home.IsAsync("sensor.hall.s1", "null");
        var problems = _home.States.ProblemsOf(new DeviceId("sensor", "hall"));
        problems.Select(p => p.Path).ShouldBe(["s1", "s0"]);
        problems[1].Count.ShouldBe(2);
    }

    [Test]
    public async Task A_removal_is_no_state()
    {
        await _home.PublishAsync("home.devices.sensor.hall.state.s0", "1");
        await _home.PublishAsync("home.devices.sensor.hall.state.s1", "2");
        await _home.IsAsync("sensor.hall.s1", "2");
        await _home.PublishAsync("home.devices.sensor.hall.state.s0", "", Removal);
        await _home.IsAsync("sensor.hall.s0", null);
        await _home.PublishAsync("home.devices.sensor.hall.state", "", Removal);
        await _home.IsAsync("sensor.hall.s1", null);
    }

    [Test]
    public async Task A_first_announcement_and_a_new_key_take_the_last_state_from_the_stream()
    {
        await _home.PublishAsync("home.devices.sensor.late.state", """{"s0": 1, "s1": 2}""");
        await _home.PublishAsync("home.devices.sensor.late.state.s0", "3");
        await _home.PublishAsync("home.devices.sensor.hall.state.s0", "0");
        await _home.IsAsync("sensor.hall.s0", "0");

        _home.Registry.Put(InMemoryRegistry.Sensors("late", 1));
        await _home.IsAsync("sensor.late.s0", "3");
        _home.Registry.Put(InMemoryRegistry.Sensors("late", 2));
        await _home.IsAsync("sensor.late.s1", "2");
        _home.StateOf("sensor.late.s0").ShouldBe("3");
    }

    [Test]
    public async Task A_first_announcement_takes_the_state_of_a_key_that_was_published_alone()
    {
        await _home.PublishAsync("home.devices.sensor.late.state.s0", "3");
        await _home.PublishAsync("home.devices.sensor.hall.state.s0", "0");
        await _home.IsAsync("sensor.hall.s0", "0");

        _home.Registry.Put(InMemoryRegistry.Sensors("late", 1));
        await _home.IsAsync("sensor.late.s0", "3");
    }

    [Test]
    public async Task A_first_announcement_takes_its_last_health_report_too_but_none_that_is_older_than_what_it_has()
    {
        await _home.PublishAsync("home.devices.sensor.late.health", """{"status": "offline", "rssi": -50}""");
        await _home.PublishAsync("home.devices.sensor.hall.state.s0", "0");
        await _home.IsAsync("sensor.hall.s0", "0");

        _home.Registry.Put(InMemoryRegistry.Sensors("late", 1));
        await _home.IsAsync("sensor.late.health_rssi", "-50");
        _home.Registry.Reports.ShouldContain(r => r.Id.Id == "late" && r.Status == null && r.Keys.Contains("health_rssi"));

        var store = _home.Home.Get<StateStore>();
        store.Apply(
            new StateMessage { Subject = "home.devices.sensor.late.health", Payload = """{"rssi": -99}"""u8, Sequence = 1 },
            new ReadAgain(null));
        _home.StateOf("sensor.late.health_rssi").ShouldBe("-50");
    }

    [Test]
    public async Task A_forgotten_device_that_comes_back_starts_without_old_state()
    {
        await _home.PublishAsync("home.devices.sensor.hall.state.s0", "1");
        await _home.IsAsync("sensor.hall.s0", "1");
        _home.Registry.Remove(new DeviceId("sensor", "hall"));
        _home.StateOf("sensor.hall.s0").ShouldBeNull();
        await _home.PublishAsync("home.devices.sensor.hall.state.s0", "", Removal);
        await _home.Device.PingAsync();

        _home.Registry.Put(InMemoryRegistry.Sensors("hall", 1));
        await _home.PublishAsync("home.devices.sensor.other.state.s0", "1");
        _home.Registry.Put(InMemoryRegistry.Sensors("other", 1));
        await _home.IsAsync("sensor.other.s0", "1");
        _home.StateOf("sensor.hall.s0").ShouldBeNull();
    }

    [Test]
    public async Task A_health_report_becomes_diagnostic_sensors_and_reaches_the_registry()
    {
        const string report = """{"status": "degraded", "rssi": -61, "uptime_s": 7, "note": "x"}""";
        await _home.PublishAsync("home.devices.sensor.hall.health", report);
        await _home.IsAsync("sensor.hall.health_rssi", "-61");
        await _home.IsAsync("sensor.hall.health_uptime_s", "7");
        _home.Registry.Reports.TryPeek(out var reported).ShouldBeTrue();
        reported.Status.ShouldBe("degraded");

        await _home.PublishAsync("home.devices.sensor.hall.state", """{"s0": 1}""");
        await _home.IsAsync("sensor.hall.s0", "1");
        _home.StateOf("sensor.hall.health_rssi").ShouldBe("-61", "a snapshot has nothing of health");
        await _home.PublishAsync("home.devices.sensor.hall.health", """{"rssi": -70}""");
        await _home.IsAsync("sensor.hall.health_rssi", "-70");
    }

    [Test]
    public async Task An_expired_state_makes_the_entity_unavailable_until_the_next()
    {
        _home.Registry.Put(InMemoryRegistry.Describe(
            """
            {"schema":1,"type":"sensor","id":"short","name":"S","entities":[
              {"key":"s0","platform":"sensor","name":"S","state_class":"measurement","expire_after":60}]}
            """));
        await _home.PublishAsync("home.devices.sensor.short.state.s0", "1");
        await _home.IsAsync("sensor.short.s0", "1");
        await ExpiredAsync("sensor.short.s0");
        await _home.PublishAsync("home.devices.sensor.short.state.s0", "1");
        await _home.IsAsync("sensor.short.s0", "1");
    }

    [Test]
    public async Task Another_entitys_new_description_brings_no_expired_state_back_and_repeats_nothing()
    {
        const string entities = """
            {"key":"a","platform":"sensor","name":"A","state_class":"measurement","expire_after":60},
            {"key":"f","platform":"sensor","name":"F","state_class":"measurement","force_update":true}
            """;
        _home.Registry.Put(Pair("cm"));
        await _home.PublishAsync("home.devices.sensor.pair.state", """{"a": 1, "b": 2, "f": 3}""");
        await _home.IsAsync("sensor.pair.b", "2");
        await ExpiredAsync("sensor.pair.a");
        var metrics = _home.Home.Get<StateMetrics>();
        var (messages, changes) = (metrics.Messages, metrics.Changes);

        _home.Registry.Put(Pair("m"));
        await Eventually.TrueAsync(() => metrics.Messages == messages + 2, "the snapshot was read from both streams, for b");
        _home.StateOf("sensor.pair.a").ShouldBe("\"unavailable\"");
        _home.StateOf("sensor.pair.b").ShouldBe("2");
        metrics.Changes.ShouldBe(changes, "the forced one was not repeated");

        HaNatsBridge.Contract.Announcements.DeviceDescription Pair(string unit) => InMemoryRegistry.Describe(
            $$"""
            {"schema":1,"type":"sensor","id":"pair","name":"P","entities":[
              {"key":"b","platform":"sensor","name":"B","state_class":"measurement","unit_of_measurement":"{{unit}}"},
              {{entities}}]}
            """);
    }

    [Test]
    public async Task A_restarted_sidecar_is_ready_although_all_that_was_stored_is_gone()
    {
        using var folder = new TempFolder();
        var registry = new InMemoryRegistry();
        registry.Put(InMemoryRegistry.Sensors("a", 1));
        await using (var first = await StateHome.StartAsync(registry, program, folder.Path))
        {
            await first.PublishAsync("home.devices.sensor.a.state.s0", "1");
            await first.IsAsync("sensor.a.s0", "1");
            foreach (var name in new[] { first.Storage.Names.StateStream, first.Storage.Names.TelemetryStream })
            {
                var stream = await first.Storage.JetStream.GetStreamAsync(name);
                await Eventually.TrueAsync(
                    async () =>
                    {
                        await stream.RefreshAsync();
                        return stream.Info.State.Messages > 0;
                    },
                    $"{name} has it");
                await stream.PurgeAsync(new NATS.Client.JetStream.Models.StreamPurgeRequest());
            }
        }

        await using var second = await StateHome.StartAsync(registry, program, folder.Path);
        second.StateOf("sensor.a.s0").ShouldBeNull();
        await second.PublishAsync("home.devices.sensor.a.state.s0", "2");
        await second.IsAsync("sensor.a.s0", "2");
    }

    [Test]
    public async Task A_restarted_sidecar_knows_every_state_without_any_device_speaking()
    {
        using var folder = new TempFolder();
        var registry = new InMemoryRegistry();
        registry.Put(InMemoryRegistry.Sensors("a", 40));
        await using (var first = await StateHome.StartAsync(registry, program, folder.Path))
        {
            for (var i = 0; i < 400; i++)
            {
                await first.PublishAsync($"home.devices.sensor.a.state.s{i % 40}", StateHome.Number(i));
            }

            await first.IsAsync("sensor.a.s39", "399");
        }

        await using var second = await StateHome.StartAsync(registry, program, folder.Path);
        for (var i = 0; i < 40; i++)
        {
            second.StateOf($"sensor.a.s{i}").ShouldBe(StateHome.Number(360 + i), $"s{i}, ready means that all are read");
        }
    }

    /// <summary>A minute passes, and another if the state was confirmed by the stream in between and so began anew.</summary>
    private Task ExpiredAsync(string entity) => Eventually.TrueAsync(
        () =>
        {
            _time.Ahead += TimeSpan.FromSeconds(61);
            return _home.StateOf(entity) == "\"unavailable\"";
        },
        $"{entity} is expired");
}
