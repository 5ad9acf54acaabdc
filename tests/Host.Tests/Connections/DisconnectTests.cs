using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability.Internal;
using HaNatsBridge.Host.Connections.Internal;
using HaNatsBridge.Host.Tests.Registry;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Connections;

/// <summary>A closed connection means offline.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class DisconnectTests(NatsServerVersion version) : RegistryTest(version)
{
    [Test]
    public async Task A_closed_connection_means_offline()
    {
        var device = await OnlineAsync(Hall);
        await ConnectionKnownAsync(1);

        await device.DisposeAsync();

        await Eventually.TrueAsync(() => WhyOf(Hall) == Reasons.Disconnected, "offline");
    }

    [Test]
    public async Task A_device_that_listens_only_after_its_announcement_is_found_too()
    {
        var device = await DeviceAsync(Hall);
        await device.AnnounceAsync();
        await device.ListenAsync();
        await ConnectionKnownAsync(1);

        await device.DisposeAsync();

        await Eventually.TrueAsync(() => WhyOf(Hall) == Reasons.Disconnected, "offline");
    }

    [Test]
    public async Task A_device_that_leaves_right_after_its_announcement_is_offline_too()
    {
        var stays = await OnlineAsync(Attic);
        var left = Enumerable.Range(0, 10).Select(i => new DeviceId("brief", $"d{i}")).ToArray();

        foreach (var id in left)
        {
            var device = await DeviceAsync(id);
            await device.ListenAsync();
            await device.AnnounceAsync();
            await device.DisposeAsync();
        }

        await Eventually.TrueAsync(() => left.All(id => WhyOf(id) == Reasons.Disconnected), "all of them are offline");
        Sidecar.IsOnline(stays.Id).ShouldBeTrue();
    }

    [Test]
    public async Task Every_device_on_a_closed_connection_is_offline_and_no_other()
    {
        var other = new DeviceId("climate", "cellar");
        await OnlineAsync(other);
        var gateway = await OnlineAsync(Hall);
        await gateway.ListenAsync(Attic);
        await gateway.AnnounceRawAsync(TestDevice.Describe(Attic));
        await ConnectionKnownAsync(3);

        await gateway.DisposeAsync();

        await Eventually.TrueAsync(
            () => WhyOf(Hall) == Reasons.Disconnected && WhyOf(Attic) == Reasons.Disconnected, "both are offline");
        Sidecar.IsOnline(other).ShouldBeTrue();
    }

    [Test]
    public async Task A_connection_that_is_replaced_in_time_is_no_absence()
    {
        var grace = TimeSpan.FromMinutes(1);
        await RestartSidecarAsync(
            timings: TestTimings.Quick with { Connections = TestTimings.Quick.Connections with { DisconnectGrace = grace } });
        var device = await OnlineAsync(Hall);
        var later = await OnlineAsync(Attic);
        await ConnectionKnownAsync(2);
        var replacement = await DeviceAsync(Hall);
        await device.DisposeAsync();

        await replacement.ListenAsync();
        await replacement.AnnounceAsync();

        // Whoever leaves after it and is not replaced is offline once the grace is over.
        await later.DisposeAsync();
        await Eventually.TrueAsync(() => Sidecar.Get<DeviceConnections>().Missing == 1, "one is replaced, the other missed");
        Clock.Ahead += grace;
        await Eventually.TrueAsync(() => WhyOf(Attic) == Reasons.Disconnected, "the grace is over");
        Sidecar.IsOnline(Hall).ShouldBeTrue();
        Sidecar.Events.ShouldNotContain("offline climate.hall");
    }

    [Test]
    public async Task A_device_that_reconnects_without_announcing_is_found_by_its_set()
    {
        var device = await OnlineAsync(Hall);
        var later = await OnlineAsync(Attic);
        await ConnectionKnownAsync(2);
        var replacement = await DeviceAsync(Hall);

        await device.DisposeAsync();
        await replacement.ListenAsync();
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
    public async Task A_program_that_announces_a_device_and_ends_is_not_its_connection()
    {
        var program = await DeviceAsync(Hall);
        await program.AnnounceAsync();
        await Eventually.TrueAsync(() => Sidecar.IsOnline(Hall), "online");
        var later = await OnlineAsync(Attic);

        await program.DisposeAsync();
        await later.DisposeAsync();

        await Eventually.TrueAsync(() => WhyOf(Attic) == Reasons.Disconnected, "the grace is over");
        Sidecar.IsOnline(Hall).ShouldBeTrue();
    }

    [Test]
    public async Task A_closed_connection_says_nothing_about_a_device_that_sleeps()
    {
        var device = await OnlineAsync(Hall, new { when_offline = "assumed" });
        await ConnectionKnownAsync(1);

        await device.DisposeAsync();

        await ConnectionKnownAsync(0);
        Sidecar.IsOnline(Hall).ShouldBeTrue();
        Sidecar.Availability.ConnectionOf(Hall).ShouldBeNull();
    }

    [Test]
    public async Task Two_connections_that_stay_open_with_one_id_raise_a_repair_that_names_both_until_one_ends()
    {
        var first = await ListeningAsync("first");
        await ConnectionKnownAsync(1);
        var second = await ListeningAsync("second");
        Sidecar.Repairs.Snapshot().ShouldBeEmpty("the old one may only be slow to die");

        Clock.Ahead += TestTimings.Quick.Connections.RivalPatience;
        await Eventually.TrueAsync(() => Sidecar.Repairs.Snapshot().Count == 1, "a repair");
        var repair = Sidecar.Repairs.Snapshot()[0];
        repair.Key.ShouldBe("duplicate_device");
        repair.Placeholders["device"].ShouldBe("climate.hall");
        repair.Placeholders["first"].ShouldStartWith("first");
        repair.Placeholders["second"].ShouldStartWith("second");

        await first.DisposeAsync();
        await Eventually.TrueAsync(() => Sidecar.Repairs.Snapshot().Count == 0, "it is over");
        Sidecar.IsOnline(Hall).ShouldBeTrue();
        await second.DisposeAsync();
        await Eventually.TrueAsync(() => WhyOf(Hall) == Reasons.Disconnected, "the winner's end counts");
    }

    [Test]
    public async Task A_removed_device_is_in_no_book_and_its_repair_is_over()
    {
        var first = await ListeningAsync("first");
        await ConnectionKnownAsync(1);
        var second = await ListeningAsync("second");
        Clock.Ahead += TestTimings.Quick.Connections.RivalPatience;
        await Eventually.TrueAsync(() => Sidecar.Repairs.Snapshot().Count == 1, "a repair");

        await second.RemoveAsync();

        await ConnectionKnownAsync(0);
        await Eventually.TrueAsync(() => Sidecar.Repairs.Snapshot().Count == 0, "nothing to repair");
    }

    private async Task<TestDevice> ListeningAsync(string name)
    {
        var device = await DeviceAsync(Hall, name: name);
        await device.ListenAsync();
        (await device.AnnounceAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();
        return device;
    }
}
