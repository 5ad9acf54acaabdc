using System.Globalization;
using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Changes.Internal;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Changes;

public sealed class ChangeLogTests
{
    private static readonly DeviceId Hall = new("sensor", "hall");

    private FakeTimeProvider _time = null!;
    private ChangeLog _log = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new FakeTimeProvider();
        _log = new ChangeLog(_time, "epoch");
    }

    [TearDown]
    public void TearDown() => _log.Dispose();

    [Test]
    public void A_new_client_gets_every_device_then_every_state()
    {
        Announce("hall", 2);
        State("hall", "s0", "1");
        State("hall", "s1", "2");
        State("hall", "s0", "3");

        var client = new LogReader(_log).Begin();
        client.WasFull.ShouldBeTrue();
        client.IsComplete.ShouldBeFalse();
        client.ReadAll();

        client.IsComplete.ShouldBeTrue();
        client.Home["sensor.hall"].ShouldBe(new Dictionary<string, string> { ["s0"] = "3", ["s1"] = "2" }, ignoreOrder: true);
        client.Batches.Count.ShouldBe(1, "links and everything else in one");
        client.Batches[0].States.Count.ShouldBe(2, "only the newest state of an entity");
    }

    [Test]
    public void A_state_that_comes_before_its_device_waits_for_it()
    {
        var client = new LogReader(_log).Begin().ReadAll();
        State("hall", "s0", "1");
        client.ReadAll();
        client.Home.ShouldBeEmpty();
        Announce("hall", 1);
        client.ReadAll();
        client.StateOf("sensor.hall", "s0").ShouldBe("1");
    }

    [Test]
    public void A_client_that_comes_back_gets_only_what_changed()
    {
        Announce("hall", 2);
        Announce("attic", 1);
        State("hall", "s0", "1");
        var client = new LogReader(_log).Begin().ReadAll();
        State("hall", "s1", "2");
        _log.AvailabilityChanged(Registered("attic", 1, online: false));

        client.Batches.Clear();
        client.Begin("epoch", client.Seq).WasFull.ShouldBeFalse();
        client.ReadAll();

        client.Batches.Sum(b => b.Entries).ShouldBe(2);
        client.StateOf("sensor.hall", "s1").ShouldBe("2");
        client.Online.ShouldBe(["sensor.hall"]);
    }

    [TestCase("another", 1L)]
    [TestCase("epoch", 0L)]
    [TestCase("epoch", -5L)]
    [TestCase("epoch", 1_000_000L)]
    [TestCase(null, null)]
    public void A_position_that_means_nothing_here_gets_everything(string? epoch, long? since)
    {
        Announce("hall", 1);
        new LogReader(_log).Begin(epoch, since).WasFull.ShouldBeTrue();
    }

    [Test]
    public void A_device_that_went_and_came_back_starts_without_old_state()
    {
        Announce("hall", 1);
        State("hall", "s0", "1");
        var client = new LogReader(_log).Begin().ReadAll();
        _log.DeviceRemoved(Hall);
        Announce("hall", 1);

        client.Begin("epoch", client.Seq).ReadAll();
        client.StateOf("sensor.hall", "s0").ShouldBe("null");
    }

    [Test]
    public void A_key_that_went_and_came_back_is_unknown_for_a_reader_that_missed_it()
    {
        Announce("hall", 2);
        State("hall", "s1", "1");
        var client = new LogReader(_log).Begin().ReadAll();
        Announce("hall", 1);
        _log.StateRemoved(new EntityId(Hall, "s1"));
        Announce("hall", 2);

        client.Begin("epoch", client.Seq).ReadAll();
        client.StateOf("sensor.hall", "s1").ShouldBe("null");
    }

    [Test]
    public void A_removed_state_is_unknown()
    {
        Announce("hall", 1);
        State("hall", "s0", "1");
        var client = new LogReader(_log).Begin().ReadAll();
        _log.StateRemoved(new EntityId(Hall, "s0"));
        client.ReadAll();
        client.StateOf("sensor.hall", "s0").ShouldBe("null");
    }

    [Test]
    public void Gateways_come_before_what_stands_behind_them_however_they_changed()
    {
        Announce("attic", 1);
        Announce("hall", 1, via: "attic");
        Announce("cellar", 1, via: "hall");
        Announce("hall", 2, via: "attic");
        Announce("attic", 2);

        // LogReader checks the order.
        new LogReader(_log).Begin().ReadAll().Home.Count.ShouldBe(3);
    }

    [Test]
    public void A_batch_has_at_most_1000_entries_with_gateways_and_events_too()
    {
        // LogReader counts the entries of every batch.
        Announce("hall", 1);
        for (var i = 0; i < 998; i++)
        {
            Announce($"d{i}", 1);
        }

        _log.EventsNumbered("stream", 0);
        Announce("behind", 1, via: "attic");
        Announce("attic", 1, via: "roof");
        Announce("roof", 1);
        for (var i = 1UL; i <= 600; i++)
        {
            Event(i);
        }

        var client = new LogReader(_log).Begin(lastEvent: 0).ReadAll();
        client.Home.Count.ShouldBe(1002);
        client.Events.Count.ShouldBe(600);
    }

    [Test]
    public void A_reader_that_is_older_than_the_oldest_removal_gets_everything()
    {
        Announce("hall", 1);
        var client = new LogReader(_log).Begin().ReadAll();
        var since = client.Seq;
        for (var i = 0; i <= ChangeLog.RemovalsRetained; i++)
        {
            Announce($"d{i}", 1);
            _log.DeviceRemoved(new DeviceId("sensor", $"d{i}"));
        }

        _log.Counts.Removals.ShouldBe(ChangeLog.RemovalsRetained);
        new LogReader(_log).Begin("epoch", since).WasFull.ShouldBeTrue();
    }

    [Test]
    public void A_paused_client_under_flood_costs_nothing_and_finds_the_newest_states()
    {
        const int Devices = 20;
        const int Entities = 50;
        for (var d = 0; d < Devices; d++)
        {
            Announce($"d{d}", Entities);
        }

        var client = new LogReader(_log).Begin().ReadAll();
        for (var round = 0; round < 100; round++)
        {
            for (var i = 0; i < Devices * Entities; i++)
            {
                State($"d{i % Devices}", $"s{i / Devices}", (round * 10_000 + i).ToString(CultureInfo.InvariantCulture));
            }
        }

        client.Batches.Clear();
        client.ReadAll();

        client.Batches.Sum(b => b.States.Count).ShouldBe(Devices * Entities);
        for (var i = 0; i < Devices * Entities; i++)
        {
            client.StateOf($"sensor.d{i % Devices}", $"s{i / Devices}")
                .ShouldBe((990_000 + i).ToString(CultureInfo.InvariantCulture));
        }
    }

    [Test]
    public void Events_come_once_in_order_and_are_resumed_for_30_s_only()
    {
        _log.EventsNumbered("stream", 4);
        Announce("hall", 1);
        Event(5);
        _time.Advance(TimeSpan.FromSeconds(20));
        Event(6);
        Event(7);
        _time.Advance(TimeSpan.FromSeconds(15));
        Event(8);

        new LogReader(_log).Begin().ReadAll().Events.ShouldBeEmpty("none of the past without last_event");
        new LogReader(_log).Begin(lastEvent: 6).ReadAll().Events.ShouldBe([7UL, 8]);
        new LogReader(_log).Begin(lastEvent: 4).ReadAll().Events.ShouldBe([6UL, 7, 8], "5 is older than 30 s");
        var client = new LogReader(_log).Begin().ReadAll();
        Event(9);
        client.ReadAll().Events.ShouldBe([9UL]);
    }

    [Test]
    public void A_new_reader_begins_where_the_stream_of_events_ends_although_its_past_is_only_being_read()
    {
        Announce("hall", 1);
        _log.EventsNumbered("new", 9);
        Event(8);
        new LogReader(_log).Begin().EventsFrom.ShouldBe(
            new EventPosition("new", 9), "so that it takes 9 for a repetition when that is read");
        Event(10);
        new LogReader(_log).Begin().EventsFrom.ShouldBe(new EventPosition("new", 10));
    }

    [Test]
    public void Event_numbers_of_another_stream_say_nothing()
    {
        Announce("hall", 1);
        _log.EventsNumbered("new", 0);
        Event(1);
        Event(2);

        var foreign = new LogReader(_log).Begin(lastEvent: 4711, eventEpoch: "old");
        foreign.EventsFrom.ShouldBe(new EventPosition("new", 0));
        foreign.ReadAll().Events.ShouldBe([1UL, 2]);
        new LogReader(_log).Begin(lastEvent: 1, eventEpoch: "new").ReadAll().Events.ShouldBe([2UL]);
    }

    [Test]
    public void A_reader_that_has_seen_more_events_than_the_stream_holds_is_set_back()
    {
        Announce("hall", 1);
        _log.EventsNumbered("stream", 8);
        Event(9);

        var ahead = new LogReader(_log).Begin(lastEvent: 4711, eventEpoch: "stream");
        ahead.EventsFrom.ShouldBe(new EventPosition("stream", 8));
        ahead.ReadAll().Events.ShouldBe([9UL]);
    }

    [Test]
    public void A_full_snapshot_names_the_removed_devices_also_those_from_before_the_start()
    {
        Announce("hall", 1);
        Announce("attic", 1);
        Announce("back", 1);
        _log.DeviceRemoved(Hall);
        _log.DeviceRemoved(new DeviceId("sensor", "back"));
        _log.SetReady([new DeviceId("sensor", "long_ago"), new DeviceId("sensor", "attic"), Hall]);
        Announce("back", 1);

        var reader = new LogReader(_log).Begin().ReadAll();
        reader.Batches.SelectMany(batch => batch.Removed).Select(id => id.ToString())
            .ShouldBe(["sensor.hall", "sensor.long_ago"], ignoreOrder: true);
        reader.Home.Keys.ShouldBe(
            ["sensor.attic", "sensor.back"], ignoreOrder: true,
            "what the registry has reported is newer than its list of removals");
    }

    [Test]
    public async Task A_waiting_reader_is_woken_outside_the_lock()
    {
        Announce("hall", 1);
        var reader = _log.Read(ListenRequest.FromTheStart);
        var batch = new ChangeBatch();
        while (reader.TryTake(batch))
        {
        }

        var isFree = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var wait = WaitAsync();
        _log.StateChanged(new EntityState(new EntityId(Hall, "s0"), "1"u8.ToArray(), 1));
        (await isFree.Task.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBeTrue();
        await wait;

        async Task WaitAsync()
        {
            await reader.WaitAsync();
            isFree.SetResult(!_log.Gate.IsHeldByCurrentThread);
        }
    }

    [Test]
    public void A_flood_of_events_is_bounded_and_counted()
    {
        Announce("hall", 1);
        for (var i = 1UL; i <= ChangeLog.EventsRetained + 100UL; i++)
        {
            Event(i);
        }

        _log.Counts.Events.ShouldBe(ChangeLog.EventsRetained);
        _log.Counts.EventsDropped.ShouldBe(100);
    }

    [Test]
    public void A_cleared_issue_reaches_readers_that_had_it_and_no_full_snapshot()
    {
        var repair = new Repair(
            "duplicate_device.sensor.hall", "duplicate_device", "warning",
            new Dictionary<string, string> { ["device"] = "sensor.hall" });
        _log.IssueChanged(repair, true);
        var client = new LogReader(_log).Begin().ReadAll();
        client.Issues.ShouldBe([repair.Id]);
        _log.IssueChanged(repair, false);
        client.ReadAll().Issues.ShouldBeEmpty();
        new LogReader(_log).Begin().ReadAll().Batches.SelectMany(b => b.Issues).ShouldBeEmpty();
    }

    [Test]
    public void A_gateway_that_went_and_came_back_is_not_taken_away_after_it_was_put()
    {
        Announce("gateway", 1);
        Announce("child", 1, via: "gateway");
        var client = new LogReader(_log).Begin().ReadAll();

        // While the client is away: the gateway is removed, the child changes, the gateway comes back and changes last.
        _log.DeviceRemoved(new DeviceId("sensor", "gateway"));
        Announce("gateway", 1);
        Announce("child", 2, via: "gateway");
        Announce("gateway", 2);
        client.Begin("epoch", client.Seq).WasFull.ShouldBeFalse();
        client.Batches.Clear();
        client.ReadAll();

        client.Home.Keys.ShouldBe(["sensor.gateway", "sensor.child"], ignoreOrder: true);
        foreach (var batch in client.Batches)
        {
            var ids = batch.Devices.Select(device => device.Description.Id.Id).ToList();
            (ids.IndexOf("child") < 0 || ids.IndexOf("gateway") < ids.IndexOf("child"))
                .ShouldBeTrue("the child's gateway is there when the child comes");
        }
    }

    [Test]
    public void Links_are_a_change_when_they_change()
    {
        var client = new LogReader(_log).Begin().ReadAll();
        _log.SetLinks([new LinkState("nats", true)]);
        _log.SetLinks([new LinkState("nats", true)]);
        client.ReadAll();
        client.Batches.Count.ShouldBe(1);
        client.Batches[0].Links.ShouldBe([new LinkState("nats", true)]);
    }

    [Test]
    public void Whatever_happens_between_a_cut_and_a_return_both_see_the_same_home()
    {
        var random = new Random(4711);
        for (var run = 0; run < 300; run++)
        {
            TearDown();
            SetUp();
            var steady = new LogReader(_log).Begin();
            var fickle = new LogReader(_log).Begin();
            for (var step = 0; step < 60; step++)
            {
                Mutate(random);
                if (random.Next(3) == 0)
                {
                    steady.TryRead();
                }

                if (random.Next(10) == 0)
                {
                    fickle.ReadAll();
                    fickle.Begin("epoch", fickle.Seq);
                }
            }

            var fresh = new LogReader(_log).Begin().ReadAll();
            Same(fresh, steady.ReadAll());
            Same(fresh, fickle.ReadAll());
        }
    }

    private static void Same(LogReader expected, LogReader actual)
    {
        actual.Home.Keys.ShouldBe(expected.Home.Keys, ignoreOrder: true);
        foreach (var (device, states) in expected.Home)
        {
            var known = actual.Home[device].Where(s => s.Value != "null").ToDictionary();
            known.ShouldBe(states.Where(s => s.Value != "null").ToDictionary(), ignoreOrder: true);
        }
    }

    private void Mutate(Random random)
    {
        var name = $"d{random.Next(4)}";
        var key = $"s{random.Next(3)}";
        switch (random.Next(8))
        {
            case 0:
                Announce(name, 1 + random.Next(3));
                break;
            case 1:
                _log.DeviceRemoved(new DeviceId("sensor", name));
                break;
            case 2:
                _log.StateRemoved(new EntityId(new DeviceId("sensor", name), key));
                break;
            default:
                State(name, key, random.Next(1000).ToString(CultureInfo.InvariantCulture));
                break;
        }
    }

    private void Announce(string id, int entities, string? via = null)
    {
        var device = Registered(id, entities, via: via);
        _log.StatesComplete(device.Description);
        _log.DeviceChanged(device);
    }

    private static RegisteredDevice Registered(string id, int entities, bool online = true, string? via = null) => new(
        InMemoryRegistry.Sensors(id, entities, via is null ? "" : $",\"via_device\":\"sensor.{via}\""),
        1,
        new DeviceAvailability(online, DateTimeOffset.UnixEpoch, "announced"));

    private void State(string id, string key, string value) =>
        _log.StateChanged(new EntityState(new EntityId(new DeviceId("sensor", id), key), Encoding.UTF8.GetBytes(value), 1));

    private void Event(ulong id) =>
        _log.EventOccurred(new DeviceEvent(new EntityId(Hall, "bell"), "ring", "{}"u8.ToArray(), id, _time.GetUtcNow()));
}
