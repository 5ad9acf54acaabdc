using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class AvailabilityTests(NatsServerVersion version) : RegistryTest(version)
{
    [Test]
    public async Task A_lease_runs_out_and_a_sign_of_life_brings_the_device_back()
    {
        await OnlineAsync(Hall, new { lease_seconds = 60 });

        Clock.Ahead += TimeSpan.FromSeconds(61);
        await Eventually.TrueAsync(() => WhyOf(Hall) == Reasons.LeaseExpired, "the lease ran out");
        Sidecar.Availability.SignOfLife(Hall);

        await Eventually.TrueAsync(() => Sidecar.IsOnline(Hall), "back");
        WhyOf(Hall).ShouldBe(Reasons.Seen);
    }

    [Test]
    public async Task Changes_are_published_as_bare_words_after_they_are_stored()
    {
        var device = await DeviceAsync(Hall);
        await using var words = await device.Connection.SubscribeCoreAsync<byte[]>("home.discovery.available.*.*");
        await device.Connection.PingAsync();

        await device.AnnounceAsync(new { lease_seconds = 60 });

        var online = await words.Msgs.ReadAsync().AsTask().WaitAsync(Eventually.Deadline);
        online.Subject.ShouldBe("home.discovery.available.climate.hall");
        Encoding.UTF8.GetString(online.Data!).ShouldBe("online");
        Clock.Ahead += TimeSpan.FromSeconds(61);
        var offline = await words.Msgs.ReadAsync().AsTask().WaitAsync(Eventually.Deadline);
        Encoding.UTF8.GetString(offline.Data!).ShouldBe("offline");
    }

    [Test]
    public async Task A_closed_connection_means_offline()
    {
        var device = await OnlineAsync(Hall);
        await ConnectionKnownAsync(1);

        await device.DisposeAsync();

        await Eventually.TrueAsync(() => WhyOf(Hall) == Reasons.Disconnected, "offline");
    }

    [Test]
    public async Task A_device_that_leaves_right_after_its_announcement_is_offline_too()
    {
        var stays = await OnlineAsync(Attic);
        await ConnectionKnownAsync(1);
        var left = Enumerable.Range(0, 10).Select(i => new DeviceId("brief", $"d{i}")).ToArray();

        foreach (var id in left)
        {
            // The server may have forgotten the connection before the sidecar can ask about it.
            var device = await DeviceAsync(id);
            await device.AnnounceAsync();
            await device.DisposeAsync();
        }

        await Eventually.TrueAsync(() => left.All(id => WhyOf(id) == Reasons.Disconnected), "all of them are offline");
        Sidecar.IsOnline(stays.Id).ShouldBeTrue();
    }

    [Test]
    public async Task Every_device_on_a_closed_connection_is_offline_and_nobody_else()
    {
        var other = new DeviceId("climate", "cellar");
        await OnlineAsync(other);
        var gateway = await OnlineAsync(Hall);
        await gateway.AnnounceRawAsync(TestDevice.Describe(Attic));
        await ConnectionKnownAsync(3);

        await gateway.DisposeAsync();

        await Eventually.TrueAsync(() => WhyOf(Hall) == Reasons.Disconnected && WhyOf(Attic) == Reasons.Disconnected, "both are offline");
        Sidecar.IsOnline(other).ShouldBeTrue();
    }

    [Test]
    public async Task A_connection_that_is_replaced_in_time_is_no_absence()
    {
        var grace = TimeSpan.FromMinutes(1);
        await RestartSidecarAsync(timings: TestSidecar.Quick with { DisconnectGrace = grace });
        var device = await OnlineAsync(Hall);
        var later = await OnlineAsync(Attic);
        await ConnectionKnownAsync(2);
        var replacement = await DeviceAsync(Hall);
        await device.DisposeAsync();

        await replacement.AnnounceAsync();

        // Whoever leaves after it and is not replaced is offline once the grace is over.
        await later.DisposeAsync();
        await Eventually.TrueAsync(() => !Sidecar.Get<AnnouncedDevices>().IsWaiting(Hall) && Sidecar.Get<ConnectionWatcher>().Missing == 1, "one is replaced, the other missed");
        Clock.Ahead += grace;
        await Eventually.TrueAsync(() => WhyOf(Attic) == Reasons.Disconnected, "the grace is over");
        Sidecar.IsOnline(Hall).ShouldBeTrue();
        Sidecar.Told.ShouldNotContain("offline climate.hall");
    }

    [Test]
    public async Task A_device_that_reconnects_without_announcing_is_found_by_its_set()
    {
        var device = await OnlineAsync(Hall);
        var later = await OnlineAsync(Attic);
        await ConnectionKnownAsync(2);
        var replacement = await DeviceAsync(Hall);
        await replacement.ListenAsync();
        await replacement.Connection.PingAsync();

        await device.DisposeAsync();
        await later.DisposeAsync();
        await Eventually.TrueAsync(() => WhyOf(Attic) == Reasons.Disconnected, "the grace is over");

        Sidecar.IsOnline(Hall).ShouldBeTrue();
        await replacement.DisposeAsync();
        await Eventually.TrueAsync(() => WhyOf(Hall) == Reasons.Disconnected, "and its own end is seen");
    }

    [Test]
    public async Task A_credential_that_only_publishes_is_found_too()
    {
        var device = await DeviceAsync(Hall, "climate.hall");
        await device.Connection.PublishAsync("home.discovery.announce.climate.hall", TestDevice.Describe(Hall));
        await Eventually.TrueAsync(() => Sidecar.IsOnline(Hall), "online");
        await ConnectionKnownAsync(1);

        await device.DisposeAsync();

        await Eventually.TrueAsync(() => WhyOf(Hall) == Reasons.Disconnected, "offline");
    }

    [Test]
    public async Task A_closed_connection_says_nothing_about_a_device_that_sleeps()
    {
        var device = await OnlineAsync(Hall, new { when_offline = "assumed" });
        await ConnectionKnownAsync(1);

        await device.DisposeAsync();

        await Eventually.TrueAsync(() => Sidecar.Get<ConnectionWatcher>().Known == 0, "its connection is given up");
        Sidecar.IsOnline(Hall).ShouldBeTrue();
    }

    [Test]
    public async Task Two_connections_with_one_id_raise_a_repair_that_names_both_until_it_settles()
    {
        var first = await DeviceAsync(Hall, name: "first");
        await first.AnnounceAsync();
        await ConnectionKnownAsync(1);
        var second = await DeviceAsync(Hall, name: "second");

        await second.AnnounceAsync();

        await Eventually.TrueAsync(() => Sidecar.Repairs.Snapshot().Count == 1, "a repair");
        var repair = Sidecar.Repairs.Snapshot()[0];
        repair.Key.ShouldBe("duplicate_device");
        repair.Placeholders["device"].ShouldBe("climate.hall");
        repair.Placeholders["first"].ShouldStartWith("first");
        repair.Placeholders["second"].ShouldStartWith("second");

        await first.DisposeAsync();
        await Eventually.TrueAsync(() => Sidecar.Repairs.Snapshot().Count == 0, "settled");
        Sidecar.IsOnline(Hall).ShouldBeTrue();
        await second.DisposeAsync();
        await Eventually.TrueAsync(() => WhyOf(Hall) == Reasons.Disconnected, "the winner's end counts");
    }

    [Test]
    public async Task A_removed_device_is_in_no_book_and_its_quarrel_is_over()
    {
        var first = await DeviceAsync(Hall, name: "first");
        await first.AnnounceAsync();
        await ConnectionKnownAsync(1);
        var second = await DeviceAsync(Hall, name: "second");
        await second.AnnounceAsync();
        await Eventually.TrueAsync(() => Sidecar.Repairs.Snapshot().Count == 1, "a repair");

        await second.RemoveAsync();

        await ConnectionKnownAsync(0);
        await Eventually.TrueAsync(() => Sidecar.Repairs.Snapshot().Count == 0, "nothing to repair");
    }

    [Test]
    public async Task A_health_report_may_say_offline_and_its_numbers_become_sensors_that_survive_a_restart()
    {
        await OnlineAsync(Hall);
        Sidecar.Availability.Health(Hall, "online", ["health_rssi"]);
        await Eventually.TrueAsync(() => HasSensor("health_rssi"), "listed");

        Sidecar.Availability.Health(Hall, "offline", []);
        await Eventually.TrueAsync(() => WhyOf(Hall) == Reasons.ReportedOffline, "offline");
        await RestartSidecarAsync();

        HasSensor("health_rssi").ShouldBeTrue();
        WhyOf(Hall).ShouldBe(Reasons.ReportedOffline);
    }

    private bool HasSensor(string key) => Sidecar.Registry.TryGet(Hall, out var device) && device.Description.TryGetEntity(key, out _);

    private string? WhyOf(DeviceId id) => Sidecar.Registry.TryGet(id, out var device) ? device.Availability.Why : null;

    private Task ConnectionKnownAsync(int count) =>
        Eventually.TrueAsync(() => Sidecar.Get<ConnectionWatcher>().Known == count, $"{count} connections are known");
}
