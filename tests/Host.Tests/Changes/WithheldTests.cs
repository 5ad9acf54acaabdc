using System.Text;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Changes.Internal;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Changes;

/// <summary>A new device or entity is published with its availability and its states.</summary>
public sealed class WithheldTests
{
    private static readonly DeviceId Hall = new("sensor", "hall");

    private readonly Dictionary<int, DeviceDescription> _descriptions = [];
    private FakeTimeProvider _time = null!;
    private ChangeLog _log = null!;
    private LogReader _client = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new FakeTimeProvider();
        _log = new ChangeLog(_time, "epoch");
        _log.SetReady([]);
        _client = new LogReader(_log).Begin().ReadAll();
        _client.Batches.Clear();
    }

    [TearDown]
    public void TearDown() => _log.Dispose();

    [Test]
    public void A_new_device_is_published_online_and_with_its_states_in_one_batch()
    {
        _log.DeviceChanged(Registered(2, online: false));
        State("s0", "1");
        Complete(2);
        _client.ReadAll().Home.ShouldBeEmpty();

        _log.AvailabilityChanged(Registered(2, online: true));

        _client.ReadAll().Batches.Count.ShouldBe(1);
        var batch = _client.Batches[0];
        batch.Devices.Select(device => device.Online).ShouldBe([true]);
        batch.Availability.ShouldBeEmpty();
        batch.More.ShouldBeFalse();
        _client.StateOf("sensor.hall", "s0").ShouldBe("1");
    }

    [Test]
    public void A_new_entity_of_a_device_that_is_back_is_published_online()
    {
        Known(1, online: false);
        _log.DeviceChanged(Registered(2, online: false));
        State("s1", "2");
        Complete(2);
        _client.ReadAll().Batches.ShouldBeEmpty();

        // Its old connection was found closed only now.
        _log.AvailabilityChanged(Registered(2, online: false));
        _client.ReadAll().Home["sensor.hall"].ShouldNotContainKey("s1");
        _log.AvailabilityChanged(Registered(2, online: true));

        _client.ReadAll().Online.ShouldBe(["sensor.hall"]);
        _client.StateOf("sensor.hall", "s1").ShouldBe("2");
        _client.Batches.SelectMany(batch => batch.Devices).Select(device => device.Online).ShouldBe([true]);
    }

    [Test]
    public void A_new_entity_of_a_device_that_is_online_waits_for_states_from_before_its_announcement()
    {
        Known(1, online: true);
        _log.DeviceChanged(Registered(2, online: true));
        _client.ReadAll().Batches.ShouldBeEmpty();
        State("s1", "2");

        Complete(1);
        _client.ReadAll().Batches.ShouldBeEmpty("those are the states of another description");
        Complete(2);

        _client.ReadAll().Batches.Count.ShouldBe(1);
        _client.StateOf("sensor.hall", "s1").ShouldBe("2");
    }

    [Test]
    public void The_states_may_be_complete_before_the_description_comes()
    {
        Complete(1);
        _log.DeviceChanged(Registered(1, online: true));
        _client.ReadAll().Home.Keys.ShouldBe(["sensor.hall"]);
    }

    [Test]
    public void A_change_without_a_new_entity_is_published_at_once()
    {
        Known(2, online: false);
        _log.DeviceChanged(Registered(1, online: false));
        _client.ReadAll().Batches.Sum(batch => batch.Devices.Count).ShouldBe(1);
    }

    [Test]
    public void Where_nobody_decides_it_is_published_offline_after_a_while_however_often_it_is_announced()
    {
        _log.DeviceChanged(Registered(1, online: false));
        _time.Advance(ChangeLog.WithheldAtMost / 2);
        _log.DeviceChanged(Registered(2, online: false));
        _client.ReadAll().Home.ShouldBeEmpty();

        _time.Advance(ChangeLog.WithheldAtMost / 2);

        _client.ReadAll().Home.Keys.ShouldBe(["sensor.hall"]);
        _client.Online.ShouldBeEmpty();
        _client.Batches[0].Devices[0].Description.Entities.Length.ShouldBe(2);

        // And the next one has its own time.
        _time.Advance(ChangeLog.WithheldAtMost / 2);
        _log.DeviceChanged(Registered(3, online: false));
        _time.Advance(ChangeLog.WithheldAtMost / 2);
        _client.Batches.Clear();
        _client.ReadAll().Batches.ShouldBeEmpty();
        _time.Advance(ChangeLog.WithheldAtMost / 2);
        _client.ReadAll().Batches.Count.ShouldBe(1);
    }

    [Test]
    public void A_device_that_is_removed_meanwhile_is_never_published()
    {
        _log.DeviceChanged(Registered(1, online: false));
        _log.DeviceRemoved(Hall);
        Complete(1);
        _log.AvailabilityChanged(Registered(1, online: true));
        _time.Advance(ChangeLog.WithheldAtMost);
        _client.ReadAll().Batches.Sum(batch => batch.Devices.Count).ShouldBe(0);
    }

    [Test]
    public void What_is_read_at_the_start_is_not_withheld()
    {
        using var log = new ChangeLog(_time, "epoch");
        log.DeviceChanged(Registered(1, online: false));
        log.SetReady([]);
        new LogReader(log).Begin().ReadAll().Home.Keys.ShouldBe(["sensor.hall"]);
    }

    [Test]
    public void States_that_do_not_fit_into_the_batch_of_their_device_are_announced_in_it()
    {
        const int entities = 1000;
        for (var i = 0; i < entities; i++)
        {
            State($"s{i}", "1");
        }

        Complete(entities);
        _log.DeviceChanged(Registered(entities, online: true));
        _client.ReadAll();

        _client.Batches.Select(batch => (batch.Devices.Count, batch.States.Count, batch.More))
            .ShouldBe([(1, entities - 1, true), (0, 1, false)]);
    }

    [Test]
    public void What_changes_later_is_not_waited_for()
    {
        Known(1, online: true);
        Complete(2);
        _log.DeviceChanged(Registered(2, online: true));
        _client.TryRead().ShouldBeTrue();
        State("s0", "1");
        _client.ReadAll().Batches.ShouldAllBe(batch => !batch.More);
    }

    [Test]
    public void A_key_on_another_platform_gets_no_state_of_the_old_one_and_readers_of_the_old_one_get_none_of_the_new()
    {
        Known(1, online: true);
        State("s0", "1");
        _client.ReadAll().Batches.Clear();
        var relays = InMemoryRegistry.Describe("""
            {"schema": 1, "type": "sensor", "id": "hall", "entities": [{"key": "s0", "platform": "switch"}]}
            """);
        _log.DeviceChanged(new RegisteredDevice(relays, 2, new DeviceAvailability(true, DateTimeOffset.UnixEpoch, "announced")));
        State("s0", "\"on\"");
        _client.ReadAll().Batches.ShouldBeEmpty();
        _log.StatesComplete(relays);
        _client.ReadAll().Batches.Count.ShouldBe(1);
        _client.Batches[0].Devices.Count.ShouldBe(1);
        _client.StateOf("sensor.hall", "s0").ShouldBe("\"on\"");

        // Also a state that was published just before the description.
        Known(1, online: true);
        State("s0", "2");
        _client.ReadAll().Batches.Clear();
        _log.StatesComplete(relays);
        _log.DeviceChanged(new RegisteredDevice(relays, 3, new DeviceAvailability(true, DateTimeOffset.UnixEpoch, "announced")));
        _client.ReadAll().Batches.SelectMany(batch => batch.States).Count().ShouldBe(1);
    }

    private void Known(int entities, bool online)
    {
        Complete(entities);
        _log.DeviceChanged(Registered(entities, online: true));
        _log.AvailabilityChanged(Registered(entities, online));
        _client.ReadAll();
        _client.Batches.Clear();
    }

    private RegisteredDevice Registered(int entities, bool online) =>
        new(Description(entities), 1, new DeviceAvailability(online, DateTimeOffset.UnixEpoch, "announced"));

    private void Complete(int entities) => _log.StatesComplete(Description(entities));

    private DeviceDescription Description(int entities) => _descriptions.TryGetValue(entities, out var known)
        ? known : _descriptions[entities] = InMemoryRegistry.Sensors("hall", entities);

    private void State(string key, string value) =>
        _log.StateChanged(new EntityState(new EntityId(Hall, key), Encoding.UTF8.GetBytes(value), 1));
}
