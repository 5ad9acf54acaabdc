using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class BadDayTests(NatsServerVersion version) : RegistryTest(version)
{
    private const int Lease = 60;
    private static readonly DiscoveryTimings ShortReturn = TestSidecar.Quick with { ReturnGrace = TimeSpan.FromSeconds(2) };

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
        await Eventually.TrueAsync(() => Sidecar.Get<ConnectionWatcher>().Known == 2, "connections are known");
        await StoredConnectionAsync(Hall);
        await StoredConnectionAsync(Attic);

        await RestartSidecarAsync(async () => await gone.DisposeAsync());

        await Eventually.TrueAsync(() => Sidecar.Get<ConnectionWatcher>().Missing == 1, "it is missed");
        Sidecar.IsOnline(Hall).ShouldBeTrue("it has its time to come back");
        Clock.Ahead += TestSidecar.Quick.ReturnGrace;
        await Eventually.TrueAsync(() => !Sidecar.IsOnline(Hall), "not back");
        Sidecar.IsOnline(Attic).ShouldBeTrue();
    }

    [Test]
    public async Task Whoever_left_with_the_server_is_offline_after_the_grace_although_nobody_ever_knew_its_connection()
    {
        var gone = await UnknownAsync(Hall);
        var stays = await UnknownAsync(Attic);

        await RestartSidecarAsync(
            async () =>
            {
                await gone.DisposeAsync();
                await Server.RestartAsync();
            },
            ShortReturn);
        await stays.Connection.PublishAsync("home.discovery.announce", TestDevice.Describe(Attic));

        await Eventually.TrueAsync(() => !Sidecar.IsOnline(Hall), "not back");
        Sidecar.IsOnline(Attic).ShouldBeTrue();
        Sidecar.Told.ShouldNotContain("offline climate.attic");
    }

    [Test]
    public async Task A_device_whose_connection_nobody_knows_stays_online_while_only_the_sidecar_is_restarted()
    {
        await UnknownAsync(Hall);
        var gone = await OnlineAsync(Attic);
        await StoredConnectionAsync(Attic);

        await RestartSidecarAsync(async () => await gone.DisposeAsync(), ShortReturn);

        await Eventually.TrueAsync(() => !Sidecar.IsOnline(Attic), "the grace is over");
        Sidecar.IsOnline(Hall).ShouldBeTrue();
    }

    [Test]
    public async Task A_killed_server_loses_nothing_that_was_answered_and_nobody_expires_meanwhile()
    {
        var device = await OnlineAsync(Hall, new { lease_seconds = Lease });
        Sidecar.Availability.SignOfLife(Hall);
        var told = Sidecar.Told.Count;

        // Told last, so everybody in the sidecar knows it by then.
        var away = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Sidecar.Get<IHomeLink>().Changed += change => _ = !change.IsUp && away.TrySetResult();
        await Server.KillAsync();
        await away.Task.WaitAsync(Eventually.Deadline);
        Clock.Ahead += TimeSpan.FromSeconds(2 * Lease);
        var ticks = Clock.Fired;
        await Eventually.TrueAsync(() => Clock.Fired > ticks + 20, "the judge has looked at the leases");
        Sidecar.IsOnline(Hall).ShouldBeTrue("no lease runs out while NATS is away");

        await Server.StartAsync();

        await Eventually.TrueAsync(async () => await AnnouncedAsync(device), "answered again");
        Sidecar.Registry.Count.ShouldBe(1);
        Sidecar.Told.Skip(told).ShouldNotContain("offline climate.hall");
        Sidecar.Told.ShouldNotContain("removed climate.hall");
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
    public async Task Two_sidecars_see_the_same_and_one_of_them_judges()
    {
        var second = await StartSidecarAsync();
        var device = await DeviceAsync(Hall);

        for (var i = 0; i < 20; i++)
        {
            await device.AnnounceRawAsync(TestDevice.Describe(new DeviceId("many", $"d{i}")));
        }

        await Eventually.TrueAsync(() => Online(Sidecar) == 20 && Online(second) == 20, "both see all online");
        await Eventually.TrueAsync(() => Sidecar.Get<AvailabilityJudge>().IsJudging ^ second.Get<AvailabilityJudge>().IsJudging, "one judges");
        (Sidecar.Get<DiscoveryMetrics>().AcceptedCount + second.Get<DiscoveryMetrics>().AcceptedCount).ShouldBe(20, "each was answered once");
    }

    [Test]
    public async Task A_dead_judge_is_replaced_and_the_next_one_goes_on()
    {
        var second = await StartSidecarAsync();
        var device = await OnlineAsync(Hall);
        await Eventually.TrueAsync(() => Sidecar.Get<JudgeLease>().IsHeld || second.Get<JudgeLease>().IsHeld, "one of them judges");
        var (judge, other) = Sidecar.Get<JudgeLease>().IsHeld ? (Sidecar, second) : (second, Sidecar);

        await judge.KillAsync();

        await Eventually.TrueAsync(() => other.Get<JudgeLease>().IsHeld, "the other judges");
        other.IsOnline(Hall).ShouldBeTrue();
        await device.AnnounceAsync();
        await Eventually.TrueAsync(() => other.Get<ConnectionWatcher>().Known == 1, "the connection is known");
        await device.DisposeAsync();
        await Eventually.TrueAsync(() => !other.IsOnline(Hall), "its verdict");
    }

    [Test]
    public async Task A_judge_that_hangs_is_replaced_when_its_time_is_over_and_not_before()
    {
        await Sidecar.KillAsync();
        await using var ghost = await DeviceAsync(new DeviceId("ghost", "judge"));
        await using var probes = await ghost.Connection.SubscribeCoreAsync<byte[]>("home.discovery.judge.ghost");
        await ghost.Connection.PingAsync();
        var leases = await new NatsKVContext(new NatsJSContext(ghost.Connection)).GetStoreAsync("home_leases");
        var held = await leases.PutAsync(JudgeLeaseRecord.Key, JudgeLeaseRecord.Write("ghost"), NatsRawSerializer<byte[]>.Default);

        var next = await StartSidecarAsync();
        using var bounded = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        for (var looks = 0; looks < 3; looks++)
        {
            await probes.Msgs.ReadAsync(bounded.Token);
            next.Get<AvailabilityJudge>().IsJudging.ShouldBeFalse("it is there, only it does not answer");
        }

        Clock.Ahead += TestSidecar.Quick.JudgeTakeover;
        await Eventually.TrueAsync(() => next.Get<JudgeLease>().IsHeld, "it is replaced");
        var late = await leases.TryUpdateAsync(JudgeLeaseRecord.Key, JudgeLeaseRecord.Write("ghost"), held, NatsRawSerializer<byte[]>.Default);
        late.Success.ShouldBeFalse("when it wakes up, its lease is another's");
    }

    [Test]
    public async Task Two_sidecars_that_write_the_same_device_lose_nothing()
    {
        await StartSidecarAsync();
        var one = await DeviceAsync(Hall);
        var other = await DeviceAsync(Hall);

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : other).AnnounceAsync(new { name = $"Name {i}" })));

        replies.ShouldAllBe(r => r.GetProperty("ok").GetBoolean());
        var revisions = replies.Select(r => r.GetProperty("revision").GetUInt64()).ToArray();
        revisions.Distinct().Count().ShouldBe(20, "each has its own revision");
        await Eventually.TrueAsync(() => Sidecar.Registry.TryGet(Hall, out var device) && device.Revision == revisions.Max(), "the last one stands");
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
                "home.discovery.announce", TestDevice.Describe(id ?? device.Id, new { lease_seconds = Lease }), replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(1), ThrowIfNoResponders = true });
            return System.Text.Encoding.UTF8.GetString(reply.Data!).Contains("\"ok\":true", StringComparison.Ordinal);
        }
        catch (NatsException)
        {
            return false;
        }
    }

    /// <summary>Announced without a reply subject, without credentials, and without a subscription that tells whose it is.</summary>
    private async Task<TestDevice> UnknownAsync(DeviceId id)
    {
        var device = await DeviceAsync(id);
        await device.Connection.PublishAsync("home.discovery.announce", TestDevice.Describe(id));
        await Eventually.TrueAsync(() => Sidecar.IsOnline(id), $"{id} is online");
        return device;
    }

    private Task StoredConnectionAsync(DeviceId id) => Eventually.TrueAsync(
        async () =>
        {
            var entry = await Sidecar.Storage.Bucket(HomeBucket.Availability).TryGetEntryAsync<byte[]>(id.ToString());
            return entry.Success && AvailabilityRecord.TryRead(entry.Value.Value, out var record) && record.Connection is not null;
        },
        $"the connection of {id} is stored");
}
