using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Registry;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Availability;

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
    public async Task The_server_publishes_what_is_stored_as_it_changes()
    {
        var device = await DeviceAsync(Hall);
        await using var published = await device.Connection.SubscribeCoreAsync<byte[]>("home.discovery.available.>");
        await device.Connection.PingAsync();

        await device.AnnounceAsync(new { lease_seconds = 60 });
        var online = await NextAsync(published);
        online.Subject.ShouldBe("home.discovery.available.climate.hall");
        var record = JsonElement.Parse(online.Data!);
        record.GetProperty("online").GetBoolean().ShouldBeTrue();
        record.GetProperty("why").GetString().ShouldBe("announced");
        record.GetProperty("since").GetDateTimeOffset().ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));

        Clock.Ahead += TimeSpan.FromSeconds(61);
        var offline = JsonElement.Parse((await NextAsync(published)).Data!);
        offline.GetProperty("online").GetBoolean().ShouldBeFalse();
        offline.GetProperty("why").GetString().ShouldBe("lease_expired");

        await device.RemoveAsync();
        ((await NextAsync(published)).Data ?? []).ShouldBeEmpty("the device is gone");
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

    [Test]
    public async Task A_damaged_entry_is_written_over_by_the_next_decision()
    {
        await OnlineAsync(Hall, new { lease_seconds = 60 });
        await Sidecar.Storage.Bucket("home_availability").PutAsync(
            "climate.hall", "nonsense"u8.ToArray(), NatsRawSerializer<byte[]>.Default);

        await Eventually.TrueAsync(async () => await OnlineInKvAsync() == true, "it is put right");
        Sidecar.Get<AvailabilityDirectory>().Unreadable.ShouldBe(0);
    }

    [Test]
    public async Task A_bucket_from_before_is_republished_too()
    {
        await using var bridge = new NatsConnection(
            NatsOpts.Default with { Url = Server.Url, AuthOpts = new NatsAuthOpts { Username = "bridge", Password = "bridge" } });
        var jetStream = new NatsJSContext(bridge);
        var declared = new BucketDeclaration("other_availability", "Who is online") { RepublishedTo = "other.discovery.available.>" };
        await new NatsKVContext(jetStream).CreateStoreAsync(new NatsKVConfig(declared.Name));

        var keeper = new BucketKeeper(jetStream, NullLogger.Instance);
        var bucket = await keeper.EnsureAsync(declared, CancellationToken.None);

        if (Version == NatsServerVersion.Oldest)
        {
            // It takes the setting only when a bucket is made: a repair tells a person.
            keeper.Troubles[declared.Name].ShouldStartWith("republished is no");
            return;
        }

        (await bucket.GetStatusAsync()).Info.Config.Republish.ShouldNotBeNull().Dest.ShouldBe("other.discovery.available.>");
    }

    private static async Task<NatsMsg<byte[]>> NextAsync(INatsSub<byte[]> subscription) =>
        await subscription.Msgs.ReadAsync().AsTask().WaitAsync(Eventually.Deadline);

    private bool HasSensor(string key) =>
        Sidecar.Registry.TryGet(Hall, out var device) && device.Description.TryGetEntity(key, out _);

    private async Task<bool?> OnlineInKvAsync()
    {
        var entry = await Sidecar.Storage.Bucket("home_availability").TryGetEntryAsync<byte[]>("climate.hall");
        return entry.Success && AvailabilityRecord.TryRead(entry.Value.Value, out var record) ? record.Online : null;
    }
}
