using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Availability.Internal;
using HaNatsBridge.Host.Connections.Internal;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class BadDayTests(NatsServerVersion version) : RegistryTest(version)
{
    private const int Lease = 60;

    [Test]
    public async Task A_killed_sidecar_restores_everything_without_a_device_speaking()
    {
        await OnlineAsync(Hall);
        await OnlineAsync(Attic, new { lease_seconds = 60 });
        Clock.Ahead += TimeSpan.FromSeconds(61);
        await Eventually.TrueAsync(() => !Sidecar.IsOnline(Attic), "the lease ran out");

        await RestartSidecarAsync();

        Sidecar.Registry.Count.ShouldBe(2);
        Sidecar.IsOnline(Hall).ShouldBeTrue();
        Sidecar.IsOnline(Attic).ShouldBeFalse();
    }

    [Test]
    public async Task Whoever_left_while_no_sidecar_ran_is_offline_after_the_grace()
    {
        var gone = await OnlineAsync(Hall);
        await OnlineAsync(Attic);
        await Eventually.TrueAsync(() => Sidecar.Get<DeviceConnections>().Known == 2, "connections are known");
        await StoredConnectionAsync(Hall);
        await StoredConnectionAsync(Attic);

        await RestartSidecarAsync(async () => await gone.DisposeAsync());

        await Eventually.TrueAsync(() => Sidecar.Get<DeviceConnections>().Missing == 1, "it is missed");
        Sidecar.IsOnline(Hall).ShouldBeTrue("it has its time to come back");
        Clock.Ahead += TestTimings.Quick.Connections.ReturnGrace;
        await Eventually.TrueAsync(() => !Sidecar.IsOnline(Hall), "not back");
        Sidecar.IsOnline(Attic).ShouldBeTrue();
    }

    [Test]
    public async Task Whoever_left_with_the_server_is_offline_after_the_grace()
    {
        var gone = await OnlineAsync(Hall);
        var stays = await OnlineAsync(Attic);
        await StoredConnectionAsync(Hall);
        await StoredConnectionAsync(Attic);

        await RestartSidecarAsync(
            async () =>
            {
                await gone.DisposeAsync();
                await Server.RestartAsync();
            });
        await Eventually.TrueAsync(
            () => Sidecar.Get<DeviceConnections>() is { Missing: 1, Known: 2 },
            "one is missed, the other found on its new connection");
        Clock.Ahead += TestTimings.Quick.Connections.ReturnGrace;

        await Eventually.TrueAsync(() => !Sidecar.IsOnline(Hall), "not back");
        Sidecar.IsOnline(Attic).ShouldBeTrue();
        Sidecar.Events.ShouldNotContain("offline climate.attic");
        await stays.AnnounceAsync();
    }

    [Test]
    public async Task A_device_whose_connection_is_not_known_stays_online_until_its_lease_runs_out()
    {
        var program = await DeviceAsync(Hall);
        await program.AnnounceAsync(new { lease_seconds = 600 });
        await Eventually.TrueAsync(() => Sidecar.IsOnline(Hall), "online");
        var gone = await OnlineAsync(Attic);
        await StoredConnectionAsync(Attic);

        await RestartSidecarAsync(async () =>
        {
            await program.DisposeAsync();
            await gone.DisposeAsync();
        });
        await Eventually.TrueAsync(() => Sidecar.Get<DeviceConnections>().Missing == 1, "one is missed");
        Clock.Ahead += TestTimings.Quick.Connections.ReturnGrace;
        await Eventually.TrueAsync(() => !Sidecar.IsOnline(Attic), "the grace is over");
        Sidecar.IsOnline(Hall).ShouldBeTrue();

        Clock.Ahead += TimeSpan.FromSeconds(600);
        await Eventually.TrueAsync(() => !Sidecar.IsOnline(Hall), "its lease ran out");
    }

    [Test]
    public async Task A_killed_server_loses_nothing_that_was_answered_and_no_lease_runs_out_meanwhile()
    {
        var device = await OnlineAsync(Hall, new { lease_seconds = Lease });
        Sidecar.Availability.SignOfLife(Hall);
        var before = Sidecar.Events.Count;

        // Called last, so every feature knows it by then.
        var away = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Sidecar.Get<IHomeLink>().Changed += change => _ = !change.IsUp && away.TrySetResult();
        await Server.KillAsync();
        await away.Task.WaitAsync(Eventually.Deadline);
        Clock.Ahead += TimeSpan.FromSeconds(2 * Lease);
        var ticks = Clock.Fired;
        await Eventually.TrueAsync(() => Clock.Fired > ticks + 20, "the leases were looked at");
        Sidecar.IsOnline(Hall).ShouldBeTrue("no lease runs out while NATS is away");

        await Server.StartAsync();

        await Eventually.TrueAsync(async () => await AnnouncedAsync(device), "answered again");
        Sidecar.Registry.Count.ShouldBe(1);
        Sidecar.Events.Skip(before).ShouldNotContain("offline climate.hall");
        Sidecar.Events.ShouldNotContain("removed climate.hall");
    }

    [Test]
    public async Task Every_answered_announcement_survives_a_server_that_is_killed_in_the_middle()
    {
        var device = await DeviceAsync(Hall);
        var answered = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            if (i == 30)
            {
                await Server.RestartAsync();
            }

            var id = new DeviceId("many", $"d{i}");
            await Eventually.TrueAsync(async () => await AnnouncedAsync(device, id), $"{id} is answered");
            answered.Add(id.ToString());
        }

        await RestartSidecarAsync();

        Sidecar.Registry.Snapshot().Select(d => d.Description.Id.ToString()).ShouldBe(answered, ignoreOrder: true);
    }

    [Test]
    public async Task Two_sidecars_see_the_same_and_one_of_them_leads()
    {
        var second = await StartSidecarAsync();
        var device = await DeviceAsync(Hall);

        for (var i = 0; i < 20; i++)
        {
            await device.AnnounceRawAsync(TestDevice.Describe(new DeviceId("many", $"d{i}")));
        }

        await Eventually.TrueAsync(() => Online(Sidecar) == 20 && Online(second) == 20, "both see all online");
        await Eventually.TrueAsync(() => IsLeader(Sidecar) ^ IsLeader(second), "one leads");
        (Sidecar.Get<RegistryMetrics>().AcceptedCount + second.Get<RegistryMetrics>().AcceptedCount)
            .ShouldBe(20, "each was answered once");
    }

    [Test]
    public async Task When_the_leader_is_killed_the_other_sidecar_goes_on()
    {
        var second = await StartSidecarAsync();
        var device = await OnlineAsync(Hall);
        var (leader, other) = IsLeader(Sidecar) ? (Sidecar, second) : (second, Sidecar);

        await leader.KillAsync();

        await Eventually.TrueAsync(() => IsLeader(other), "the other leads");
        other.IsOnline(Hall).ShouldBeTrue();
        await Eventually.TrueAsync(() => other.Get<DeviceConnections>().Known == 1, "the connection is known");
        await device.DisposeAsync();
        await Eventually.TrueAsync(() => !other.IsOnline(Hall), "its decision");
    }

    [Test]
    public async Task Two_sidecars_that_write_the_same_device_lose_nothing()
    {
        await StartSidecarAsync();
        var one = await DeviceAsync(Hall);
        var other = await DeviceAsync(Hall);

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : other).AnnounceAsync(new { name = $"Name {i}" })));

        replies.ShouldAllBe(r => r.GetProperty("ok").GetBoolean());
        var revisions = replies.Select(r => r.GetProperty("revision").GetUInt64()).ToArray();
        revisions.Distinct().Count().ShouldBe(20, "each has its own revision");
        await Eventually.TrueAsync(
            () => Sidecar.Registry.TryGet(Hall, out var device) && device.Revision == revisions.Max(), "the last one stands");
    }

    [Test]
    public async Task Without_system_credentials_a_description_without_a_lease_is_warned()
    {
        await Sidecar.KillAsync();
        await StartSidecarAsync(withSystem: false);
        var device = await DeviceAsync(Hall);

        var without = await device.AnnounceAsync();
        var with = await device.AnnounceAsync(new { lease_seconds = 60 });

        without.GetProperty("warnings")[0].GetProperty("code").GetString().ShouldBe("NO_DISCONNECT_EVENTS");
        with.TryGetProperty("warnings", out _).ShouldBeFalse();
    }

    [Test]
    public async Task Devices_are_listed_in_pages_that_fit()
    {
        var device = await DeviceAsync(Hall);
        var entities = Enumerable.Range(0, 900).Select(i => TestDevice.Sensor($"sensor_{i}")).ToArray();
        for (var i = 0; i < 8; i++)
        {
            await device.AnnounceRawAsync(TestDevice.Describe(new DeviceId("big", $"d{i}"), new { entities }));
        }

        var seen = new List<string>();
        var pages = 0;
        string? after = null;
        do
        {
            var request = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { after, limit = 100 });
            var reply = await device.Connection.RequestAsync<byte[], byte[]>("home.discovery.devices", request);
            reply.Data!.Length.ShouldBeLessThanOrEqualTo(512 * 1024);
            var page = System.Text.Json.JsonDocument.Parse(reply.Data).RootElement;
            seen.AddRange(page.GetProperty("devices").EnumerateArray().Select(d => d.GetProperty("id").GetString()!));
            after = page.GetProperty("next").GetString();
            pages++;
        }
        while (after is not null && pages < 20);

        seen.ShouldBe(Enumerable.Range(0, 8).Select(i => $"d{i}"));
        pages.ShouldBeGreaterThan(1);
    }

    private static int Online(TestSidecar sidecar) => sidecar.Registry.Snapshot().Count(d => d.Availability.Online);

    private static async Task<bool> AnnouncedAsync(TestDevice device, DeviceId? id = null)
    {
        try
        {
            var reply = await device.Connection.RequestAsync<byte[], byte[]>(
                "home.discovery.announce", TestDevice.Describe(id ?? device.Id, new { lease_seconds = Lease }),
                replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(1), ThrowIfNoResponders = true });
            return System.Text.Encoding.UTF8.GetString(reply.Data!).Contains("\"ok\":true", StringComparison.Ordinal);
        }
        catch (NatsException)
        {
            return false;
        }
    }

    private static bool IsLeader(TestSidecar sidecar) => sidecar.Get<IAvailabilityControl>().IsLeader;

    private Task StoredConnectionAsync(DeviceId id) => Eventually.TrueAsync(
        async () =>
        {
            var entry = await Sidecar.Storage.Bucket("home_availability").TryGetEntryAsync<byte[]>(id.ToString());
            return entry.Success && AvailabilityRecord.TryRead(entry.Value.Value, out var record)
                && record.Connection is not null;
        },
        $"the connection of {id} is stored");
}
