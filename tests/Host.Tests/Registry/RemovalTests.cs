using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
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

        (await device.RemoveAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();

        Sidecar.Registry.Count.ShouldBe(0);
        Sidecar.Told.ShouldContain("removed climate.hall");
        (await IsStoredAsync(HomeBucket.Devices, "climate.hall")).ShouldBeFalse();
        (await IsStoredAsync(HomeBucket.Availability, "climate.hall")).ShouldBeFalse();
        (await IsMarkedAsync(Snapshot)).ShouldBeTrue();
        (await IsMarkedAsync(Temperature)).ShouldBeTrue();
        (await IsMarkedAsync(Undeclared)).ShouldBeTrue("an orphan's state must not come back either");
        (await PendingAsync()).ShouldBe(0);
    }

    [Test]
    public async Task A_state_that_the_telemetry_has_forgotten_is_removed_too()
    {
        var device = await OnlineAsync(Hall);
        await StateAsync(Undeclared);
        var storage = Sidecar.Storage;
        await Eventually.TrueAsync(
            async () => (await storage.JetStream.GetStreamAsync(storage.Names.StateStream)).Info.State.Messages > 0, "the last state is kept");
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

        (await device.AnnounceAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();
        await Eventually.TrueAsync(() => Sidecar.IsOnline(Hall), "online again");
    }

    [Test]
    public async Task Removing_what_is_unknown_succeeds_and_what_is_malformed_is_refused_with_its_path()
    {
        var device = await DeviceAsync(Hall);

        (await device.RemoveAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();
        var reply = await device.AnnounceRawAsync("{\"type\":\"*\",\"id\":\"hall\"}"u8.ToArray(), "home.discovery.remove");

        reply.GetProperty("ok").GetBoolean().ShouldBeFalse();
        reply.GetProperty("errors")[0].GetProperty("path").GetString().ShouldBe("type");
    }

    [Test]
    public async Task A_credential_removes_itself_and_nobody_else()
    {
        await OnlineAsync(Hall);
        await OnlineAsync(Attic);
        var own = await DeviceAsync(Hall, "climate.hall");

        var other = await own.AnnounceRawAsync("{\"type\":\"climate\",\"id\":\"attic\"}"u8.ToArray(), "home.discovery.remove.climate.hall");
        other.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("UNAUTHORIZED");
        var self = await own.AnnounceRawAsync([], "home.discovery.remove.climate.hall");

        self.GetProperty("ok").GetBoolean().ShouldBeTrue();
        Sidecar.Registry.Snapshot().Select(d => d.Description.Id).ShouldBe([Attic]);
    }

    [Test]
    public async Task An_entity_that_is_no_longer_announced_loses_its_state_and_its_siblings_keep_theirs()
    {
        var device = await OnlineAsync(Hall, new { entities = new[] { TestDevice.Sensor("temperature"), TestDevice.Sensor("outside") } });
        await StateAsync(Temperature, "home.devices.climate.hall.state.outside");

        await device.AnnounceAsync(new { entities = new[] { TestDevice.Sensor("outside") } });

        (await IsMarkedAsync(Temperature)).ShouldBeTrue();
        (await IsMarkedAsync("home.devices.climate.hall.state.outside")).ShouldBeFalse();
        (await PendingAsync()).ShouldBe(0);
    }

    [Test]
    public async Task A_removal_that_was_killed_after_the_registry_changed_is_finished_at_the_next_start()
    {
        await OnlineAsync(Hall);
        await StateAsync(Snapshot, Temperature);
        await Sidecar.Get<RemovalJournal>().RecordAsync(Hall, ["temperature"], isWhole: true, CancellationToken.None);
        await Sidecar.Storage.Bucket(HomeBucket.Devices).DeleteAsync("climate.hall");

        await RestartSidecarAsync();

        await OldEnoughAsync();
        await Eventually.TrueAsync(async () => await PendingAsync() == 0, "the record is struck off");
        (await IsMarkedAsync(Snapshot)).ShouldBeTrue();
        (await IsMarkedAsync(Temperature)).ShouldBeTrue();
    }

    [Test]
    public async Task A_removal_that_was_killed_before_the_registry_changed_never_happened()
    {
        await OnlineAsync(Hall);
        await StateAsync(Temperature);
        await Sidecar.Get<RemovalJournal>().RecordAsync(Hall, ["temperature"], isWhole: true, CancellationToken.None);

        await RestartSidecarAsync();

        await OldEnoughAsync();
        await Eventually.TrueAsync(async () => await PendingAsync() == 0, "the record is struck off");
        Sidecar.Registry.Count.ShouldBe(1);
        (await IsMarkedAsync(Temperature)).ShouldBeFalse("nobody was told that it is removed");
    }

    [Test]
    public async Task A_new_announcement_finishes_a_removal_that_was_left_undone_before_it_is_accepted()
    {
        var device = await OnlineAsync(Hall);
        await StateAsync(Temperature);
        await Sidecar.Get<RemovalJournal>().RecordAsync(Hall, ["temperature"], isWhole: true, CancellationToken.None);
        await Sidecar.Storage.Bucket(HomeBucket.Devices).DeleteAsync("climate.hall");
        await Eventually.TrueAsync(() => Sidecar.Registry.Count == 0, "the watch saw the deletion");

        (await device.AnnounceAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();

        (await IsMarkedAsync(Temperature)).ShouldBeTrue("it starts without old state");
        await StateAsync(Temperature);
        await RestartSidecarAsync();
        (await IsMarkedAsync(Temperature)).ShouldBeFalse("and the new state is not forgotten later");
    }

    [Test]
    public async Task A_removal_that_somebody_is_just_at_is_left_to_it()
    {
        await OnlineAsync(Hall);
        await StateAsync(Temperature);
        var journal = Sidecar.Get<RemovalJournal>();
        var repairer = Sidecar.Get<RemovalRepairer>();
        await journal.RecordAsync(Hall, ["temperature"], isWhole: true, CancellationToken.None);

        // Another sidecar, between its record and the registry's change.
        (await repairer.RepairAsync(CancellationToken.None)).ShouldBeFalse();
        (await PendingAsync()).ShouldBe(1);
        await Sidecar.Storage.Bucket(HomeBucket.Devices).DeleteAsync("climate.hall");
        await journal.SettleAsync(Hall, null, CancellationToken.None);

        (await IsMarkedAsync(Temperature)).ShouldBeTrue("its states are forgotten");
    }

    [Test]
    public async Task A_removal_left_undone_waits_for_the_device_s_own_work_and_what_was_put_on_its_record_since_stays()
    {
        await OnlineAsync(Hall);
        var journal = Sidecar.Get<RemovalJournal>();
        await journal.RecordAsync(Hall, ["one"], isWhole: false, CancellationToken.None);
        var (_, revision) = (await journal.PendingAsync(CancellationToken.None)).Single();
        await journal.RecordAsync(Hall, ["two"], isWhole: false, CancellationToken.None);

        await Sidecar.Get<DeviceStore>().RepairAsync(Hall, revision, CancellationToken.None);
        (await PendingAsync()).ShouldBe(1);

        var busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Sidecar.Get<DeviceLanes>().TryPost(Hall, _ =>
        {
            entered.SetResult();
            return busy.Task;
        }).ShouldBeTrue();
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var repairer = Sidecar.Get<RemovalRepairer>();
        var repairing = Task.CompletedTask;
        await Eventually.TrueAsync(
            () =>
            {
                Clock.Ahead += TestSidecar.Quick.StoreTimeout;
                repairing = repairing.IsCompleted ? repairer.RepairAsync(CancellationToken.None) : repairing;
                return Task.FromResult(repairer.IsAtIt);
            },
            "old enough");
        (await PendingAsync()).ShouldBe(1);

        busy.SetResult();
        await repairing.WaitAsync(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(async () => await PendingAsync() == 0, "finished");
    }

    /// <summary>The sidecar has seen the record for longer than a removal may take.</summary>
    private async Task OldEnoughAsync()
    {
        await Sidecar.Get<RemovalRepairer>().RepairAsync(CancellationToken.None);
        Clock.Ahead += TestSidecar.Quick.StoreTimeout + TimeSpan.FromMilliseconds(1);
    }

    private async Task StateAsync(params string[] subjects)
    {
        foreach (var subject in subjects)
        {
            await Sidecar.Storage.JetStream.PublishAsync(subject, "21.5"u8.ToArray());
        }
    }

    /// <summary>Whether the last message on the subject is a marker.</summary>
    private async Task<bool> IsMarkedAsync(string subject)
    {
        var stream = await Sidecar.Storage.JetStream.GetStreamAsync(Sidecar.Storage.Names.TelemetryStream);
        var message = await stream.GetDirectAsync<byte[]>(new StreamMsgGetRequest { LastBySubj = subject });
        return message.Headers!.TryGetValue("Bridge-Removed", out var value) && value == "1" && (message.Data ?? []).Length == 0;
    }

    private async Task<bool> IsStoredAsync(HomeBucket bucket, string key) =>
        (await Sidecar.Storage.Bucket(bucket).TryGetEntryAsync<byte[]>(key)).Success;

    private async Task<int> PendingAsync() => (await Sidecar.Get<RemovalJournal>().PendingAsync(CancellationToken.None)).Count;
}
