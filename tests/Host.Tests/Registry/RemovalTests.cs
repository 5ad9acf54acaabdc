using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class RemovalTests(NatsServerVersion version) : RegistryTest(version)
{
    private const string Snapshot = "home.devices.climate.hall.state";
    private const string Temperature = "home.devices.climate.hall.state.temperature";
    private const string Undeclared = "home.devices.climate.hall.state.undeclared";

    [Test]
    public async Task A_removed_device_is_gone_from_registry_availability_and_states()
    {
        var device = await OnlineAsync(Hall);
        await StateAsync(Snapshot, Temperature, Undeclared);

        var reply = await device.RemoveAsync();

        (reply.GetProperty("ok").GetBoolean(), reply.GetProperty("removed").GetBoolean()).ShouldBe((true, true));
        Sidecar.Registry.Count.ShouldBe(0);
        Sidecar.Events.ShouldContain("removed climate.hall");
        (await IsStoredAsync("home_devices", "climate.hall")).ShouldBeFalse();
        (await IsStoredAsync("home_availability", "climate.hall")).ShouldBeFalse();
        (await IsMarkedAsync(Snapshot)).ShouldBeTrue();
        (await IsMarkedAsync(Temperature)).ShouldBeTrue();
        (await IsMarkedAsync(Undeclared)).ShouldBeTrue("an orphan's state must not come back either");
        Sidecar.Registry.Removed.ShouldBe([Hall]);
        await FinishedAsync();
    }

    [Test]
    public async Task A_state_that_the_telemetry_has_forgotten_is_removed_too()
    {
        var device = await OnlineAsync(Hall);
        await StateAsync(Undeclared);
        var storage = Sidecar.Storage;
        await Eventually.TrueAsync(
            async () => (await storage.JetStream.GetStreamAsync(storage.Names.StateStream)).Info.State.Messages > 0,
            "the last state is stored");
        await storage.JetStream.PurgeStreamAsync(storage.Names.TelemetryStream, new StreamPurgeRequest());

        await device.RemoveAsync();

        (await IsMarkedAsync(Undeclared)).ShouldBeTrue();
    }

    [Test]
    public async Task Removal_stays_removed_over_a_restart_and_a_new_announcement_begins_anew()
    {
        var device = await OnlineAsync(Hall);
        await device.RemoveAsync();

        await RestartSidecarAsync();
        Sidecar.Registry.Count.ShouldBe(0);
        Sidecar.Registry.Removed.ShouldBe([Hall]);

        (await device.AnnounceAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();
        await Eventually.TrueAsync(() => Sidecar.IsOnline(Hall), "online again");
        Sidecar.Registry.Removed.ShouldBeEmpty();
    }

    [Test]
    public async Task Removing_what_is_unknown_succeeds_and_what_is_malformed_is_refused_with_its_path()
    {
        var device = await DeviceAsync(Hall);

        var unknown = await device.RemoveAsync();
        (unknown.GetProperty("ok").GetBoolean(), unknown.GetProperty("removed").GetBoolean()).ShouldBe((true, false));
        var reply = await device.AnnounceRawAsync("{\"type\":\"*\",\"id\":\"hall\"}"u8.ToArray(), "home.discovery.remove");

        reply.GetProperty("ok").GetBoolean().ShouldBeFalse();
        reply.GetProperty("errors")[0].GetProperty("path").GetString().ShouldBe("type");
    }

    [Test]
    public async Task A_person_removes_a_device_that_is_online_and_it_comes_back_when_it_announces_itself()
    {
        var device = await OnlineAsync(Hall);
        await StateAsync(Temperature);
        var removal = Sidecar.Get<IDeviceRemoval>();

        (await removal.RemoveAsync(Hall, CancellationToken.None)).ShouldBe(RemovalOutcome.Removed);
        Sidecar.Registry.Removed.ShouldBe([Hall]);
        (await IsMarkedAsync(Temperature)).ShouldBeTrue();
        await FinishedAsync();
        (await removal.RemoveAsync(Hall, CancellationToken.None)).ShouldBe(RemovalOutcome.NotKnown);
        await StateAsync(Temperature);
        Sidecar.Registry.Count.ShouldBe(0, "its states do not bring it back");

        (await device.AnnounceAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();
        await Eventually.TrueAsync(() => Sidecar.IsOnline(Hall), "online again");
    }

    [Test]
    public async Task Without_the_server_a_removal_is_not_stored()
    {
        await OnlineAsync(Hall);
        var removal = Sidecar.Get<IDeviceRemoval>();
        await Server.StopAsync();

        (await removal.RemoveAsync(Hall, CancellationToken.None)).ShouldBe(RemovalOutcome.NotStored);
        Sidecar.Registry.Count.ShouldBe(1);
    }

    [Test]
    public async Task A_credential_removes_itself_and_no_other_device()
    {
        await OnlineAsync(Hall);
        await OnlineAsync(Attic);
        var own = await DeviceAsync(Hall, "climate.hall");

        var other = await own.AnnounceRawAsync(
            "{\"type\":\"climate\",\"id\":\"attic\"}"u8.ToArray(), "home.discovery.remove.climate.hall");
        other.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("UNAUTHORIZED");
        var self = await own.AnnounceRawAsync([], "home.discovery.remove.climate.hall");

        self.GetProperty("ok").GetBoolean().ShouldBeTrue();
        Sidecar.Registry.Snapshot().Select(d => d.Description.Id).ShouldBe([Attic]);
    }

    [Test]
    public async Task An_entity_that_is_no_longer_announced_loses_its_state_and_its_siblings_keep_theirs()
    {
        var device = await OnlineAsync(
            Hall, new { entities = new[] { TestDevice.Sensor("temperature"), TestDevice.Sensor("outside") } });
        await StateAsync(Temperature, "home.devices.climate.hall.state.outside");

        await device.AnnounceAsync(new { entities = new[] { TestDevice.Sensor("outside") } });

        (await IsMarkedAsync(Temperature)).ShouldBeTrue();
        (await IsMarkedAsync("home.devices.climate.hall.state.outside")).ShouldBeFalse();
    }

    [Test]
    public async Task A_removal_that_was_not_finished_is_finished_after_the_next_start()
    {
        await OnlineAsync(Hall);
        await StateAsync(Snapshot, Temperature);
        await DeleteAsync(Hall);

        await RestartSidecarAsync();
        Sidecar.Registry.Removed.ShouldBe([Hall]);
        Clock.Ahead += TestTimings.Quick.Registry.StoreTimeout;

        await FinishedAsync();
        (await IsMarkedAsync(Snapshot)).ShouldBeTrue();
        (await IsMarkedAsync(Temperature)).ShouldBeTrue();
        (await IsStoredAsync("home_availability", "climate.hall")).ShouldBeFalse();
    }

    [Test]
    public async Task A_new_announcement_finishes_a_removal_before_it_is_accepted()
    {
        var device = await OnlineAsync(Hall);
        await StateAsync(Temperature);
        await DeleteAsync(Hall);
        await Eventually.TrueAsync(() => Sidecar.Registry.Count == 0, "it is removed");

        (await device.AnnounceAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();

        (await IsMarkedAsync(Temperature)).ShouldBeTrue("it starts without old state");
        await StateAsync(Temperature);
        await RestartSidecarAsync();
        Clock.Ahead += TestTimings.Quick.Registry.StoreTimeout;
        await FinishedAsync();
        (await IsMarkedAsync(Temperature)).ShouldBeFalse("and the new state is not forgotten later");
        await Eventually.TrueAsync(() => Sidecar.IsOnline(Hall), "online again");
    }

    [Test]
    public async Task A_sidecar_that_finishes_a_removal_late_forgets_nothing_of_a_device_that_is_back()
    {
        var device = await OnlineAsync(Hall);
        await StateAsync(Temperature);
        await DeleteAsync(Hall);
        await Eventually.TrueAsync(() => Registry.UnfinishedRemovals.Count == 1, "it is removed");
        var removal = Registry.UnfinishedRemovals[0];
        await device.AnnounceAsync();
        await StateAsync(Temperature);
        await Eventually.TrueAsync(() => Sidecar.IsOnline(Hall), "online again");

        await Sidecar.Get<DeviceStore>().FinishRemovalAsync(Hall, removal.Revision, CancellationToken.None);

        (await IsMarkedAsync(Temperature)).ShouldBeFalse();
        (await IsStoredAsync("home_devices", "climate.hall")).ShouldBeTrue();
        (await IsStoredAsync("home_availability", "climate.hall")).ShouldBeTrue();
    }

    [Test]
    public async Task Two_sidecars_that_finish_a_removal_at_once_do_it_once()
    {
        await OnlineAsync(Hall);
        await StateAsync(Snapshot, Temperature);
        await DeleteAsync(Hall);
        await Eventually.TrueAsync(() => Registry.UnfinishedRemovals.Count == 1, "it is removed");
        var removal = Registry.UnfinishedRemovals[0];
        var store = Sidecar.Get<DeviceStore>();

        await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => store.FinishRemovalAsync(Hall, removal.Revision, CancellationToken.None)));

        await FinishedAsync();
        var stream = await Sidecar.Storage.JetStream.GetStreamAsync(Sidecar.Storage.Names.TelemetryStream);
        (await IsMarkedAsync(Snapshot) && await IsMarkedAsync(Temperature)).ShouldBeTrue();
        if (Version == NatsServerVersion.Newest)
        {
            stream.Info.State.Messages.ShouldBe(4, "two states, two markers: the condition of the others does not hold");
        }
    }

    /// <summary>Killed at any moment, a device is either there with its states or removed without them.</summary>
    [Test]
    public async Task A_sidecar_that_is_killed_while_it_removes_leaves_nothing_half_done()
    {
        var subjects = Enumerable.Range(0, 20).Select(i => $"home.devices.climate.hall.state.s{i}").ToArray();
        var removed = 0;
        for (var milliseconds = 0; milliseconds < 24; milliseconds += 3)
        {
            var device = await DeviceAsync(Hall);
            (await device.AnnounceUntilAcceptedAsync()).ShouldBeTrue();
            await StateAsync(subjects);
            var removing = device.RemoveAsync(TimeSpan.FromSeconds(1));
            await Task.WhenAny(removing, Task.Delay(milliseconds));

            await RestartSidecarAsync();

            await removing.ContinueWith(static _ => { }, TaskScheduler.Default).WaitAsync(Eventually.Deadline);
            Clock.Ahead += TestTimings.Quick.Registry.StoreTimeout;
            await FinishedAsync();
            var isThere = Sidecar.Registry.TryGet(Hall, out _);
            foreach (var subject in subjects)
            {
                (await IsMarkedAsync(subject)).ShouldBe(!isThere, $"{subject} after {milliseconds} ms");
            }

            Sidecar.Registry.Removed.Count.ShouldBe(isThere ? 0 : 1);
            removed += isThere ? 0 : 1;
            if (removing.IsCompletedSuccessfully && removing.Result.GetProperty("ok").GetBoolean())
            {
                isThere.ShouldBeFalse("what was answered is done");
            }

            await device.DisposeAsync();
        }

        TestContext.Out.WriteLine($"removed in {removed} of 8 cases");
    }

    [Test]
    public void Only_the_newest_removals_are_remembered_and_every_unfinished_one()
    {
        var tombstones = new Tombstones();
        tombstones.Add(new Tombstone(new DeviceId("a", "unfinished"), 1, IsFinished: false, 0));
        for (var i = 2; i <= 10_002; i++)
        {
            tombstones.Add(new Tombstone(new DeviceId("a", $"d{i}"), (ulong)i, IsFinished: true, 0));
        }

        tombstones.Devices.ShouldContain(new DeviceId("a", "unfinished"));
        tombstones.Unfinished.Count.ShouldBe(1);
        tombstones.Add(new Tombstone(new DeviceId("a", "unfinished"), 20_000, IsFinished: true, 0));

        tombstones.Devices.Count.ShouldBe(10_000);
        tombstones.Devices[^1].ShouldBe(new DeviceId("a", "unfinished"));
        tombstones.Devices[0].ShouldBe(new DeviceId("a", "d4"));
    }

    /// <summary>As a sidecar that was killed right after that.</summary>
    private async Task DeleteAsync(DeviceId id) => await Sidecar.Storage.Bucket("home_devices").DeleteAsync(id.ToString());

    private Task FinishedAsync() =>
        Eventually.TrueAsync(() => Registry.UnfinishedRemovals.Count == 0, "no removal is left unfinished");

    private DeviceRegistry Registry => Sidecar.Get<DeviceRegistry>();

    private async Task StateAsync(params string[] subjects)
    {
        foreach (var subject in subjects)
        {
            await Stored.PublishAsync(Sidecar.Storage.JetStream, "HOME_TELEMETRY", subject, "21.5"u8.ToArray());
        }
    }

    /// <summary>Whether the last message on the subject is a marker.</summary>
    private async Task<bool> IsMarkedAsync(string subject)
    {
        var stream = await Sidecar.Storage.JetStream.GetStreamAsync(Sidecar.Storage.Names.TelemetryStream);
        var message = await stream.GetDirectAsync<byte[]>(new StreamMsgGetRequest { LastBySubj = subject });
        return message.Headers!.TryGetValue("Bridge-Removed", out var value) && value == "1" && (message.Data ?? []).Length == 0;
    }

    private async Task<bool> IsStoredAsync(string bucket, string key) =>
        (await Sidecar.Storage.Bucket(bucket).TryGetEntryAsync<byte[]>(key)).Success;
}
