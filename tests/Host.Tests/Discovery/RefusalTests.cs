using HaNatsBridge.Host.Storage;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Discovery;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class RefusalTests(NatsServerVersion version) : DiscoveryTest(version)
{
    [Test]
    public async Task A_device_that_is_refused_is_a_repair_until_it_is_accepted_or_removed()
    {
        var device = await DeviceAsync(Hall);
        await device.AnnounceAsync(new { lease_seconds = "soon" });
        Sidecar.Repairs.Snapshot().Single().ShouldSatisfyAllConditions(
            r => r.Id.ShouldBe("rejected_announcement.climate.hall"),
            r => r.Placeholders["device"].ShouldBe("climate.hall"),
            r => r.Placeholders["path"].ShouldBe("lease_seconds"));

        await device.AnnounceAsync(new { schema = 2 });
        Sidecar.Repairs.Snapshot().Select(r => r.Key).ShouldBe(["schema_gap"]);

        await device.AnnounceAsync();
        Sidecar.Repairs.Snapshot().ShouldBeEmpty();

        await device.AnnounceAsync(new { lease_seconds = "soon" });
        await device.RemoveAsync();
        Sidecar.Repairs.Snapshot().ShouldBeEmpty();
    }

    [Test]
    public async Task What_a_newer_sidecar_stored_is_not_written_over()
    {
        var newer = """{"schema":2,"type":"climate","id":"hall","name":"Of tomorrow","entities":[]}""";
        await Sidecar.Storage.Bucket(HomeBucket.Devices).PutAsync("climate.hall", newer);
        var device = await DeviceAsync(Hall);

        var reply = await device.AnnounceAsync();

        reply.GetProperty("ok").GetBoolean().ShouldBeFalse();
        reply.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("NOT_STORED");
        reply.GetProperty("errors")[0].GetProperty("message").GetString().ShouldNotBeNull().ShouldContain("newer sidecar");
        (await Sidecar.Storage.Bucket(HomeBucket.Devices).GetEntryAsync<string>("climate.hall")).Value.ShouldBe(newer);
        await Eventually.TrueAsync(() => Sidecar.Registry.TryGet(Hall, out var known) && known.Description.Name == "Of tomorrow", "it is shown as far as it is understood");
    }

    [Test]
    public async Task A_sidecar_that_starts_asks_everybody_to_announce()
    {
        var device = await DeviceAsync(Hall);
        await using var asked = await device.Connection.SubscribeCoreAsync<string>("home.discovery.request");
        await device.Connection.PingAsync();

        await RestartSidecarAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        (await asked.Msgs.ReadAsync(limit.Token)).Subject.ShouldBe("home.discovery.request");
    }
}
