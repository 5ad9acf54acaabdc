using System.Text.Json;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class RefusalTests(NatsServerVersion version) : RegistryTest(version)
{
    [Test]
    public async Task A_device_that_is_refused_is_a_repair_until_it_is_accepted_or_removed()
    {
        var device = await DeviceAsync(Hall);
        await device.AnnounceAsync(new { lease_seconds = "soon" });
        Sidecar.Repairs.Snapshot().Single().ShouldSatisfyAllConditions(
            r => r.Id.ShouldBe("rejected_announcement.climate.hall"),
            r => r.Placeholders["device"].ShouldBe("climate.hall"),
            r => r.Placeholders["problems"].ShouldStartWith("lease_seconds: expected 0 (no limit) or "));

        await device.AnnounceAsync(new { schema = 2 });
        Sidecar.Repairs.Snapshot().Select(r => r.Key).ShouldBe(["schema_gap"]);

        await device.AnnounceAsync();
        Sidecar.Repairs.Snapshot().ShouldBeEmpty();

        await device.AnnounceAsync(new { lease_seconds = "soon" });
        await device.RemoveAsync();
        Sidecar.Repairs.Snapshot().ShouldBeEmpty();
    }

    [Test]
    public async Task A_known_device_that_is_refused_is_said_to_be_still_there()
    {
        var device = await DeviceAsync(Hall);
        await device.AnnounceAsync(new { name = "Hall thermostat" });
        await device.AnnounceRawAsync("{"u8.ToArray(), "home.discovery.announce.climate.hall");

        Sidecar.Repairs.Snapshot().Single().ShouldSatisfyAllConditions(
            r => r.Id.ShouldBe("rejected_change.climate.hall"),
            r => r.Placeholders["name"].ShouldBe("Hall thermostat"),
            r => r.Placeholders["problems"].ShouldBe("not valid JSON of at most 16 levels: line 1, byte 2"));
        Sidecar.Registry.TryGet(Hall, out _).ShouldBeTrue();

        await device.AnnounceAsync();
        Sidecar.Repairs.Snapshot().ShouldBeEmpty();
    }

    [Test]
    public async Task Entities_that_were_left_out_are_a_repair_until_the_device_announces_rightly()
    {
        var device = await DeviceAsync(Hall);
        var wrong = new
        {
            name = "Hall thermostat",
            entities = new object[]
            {
                TestDevice.Sensor("temperature"),
                new { key = "heating", platform = "climate", hvac_modes = new[] { "off", "hot" } },
                new { key = "no key", platform = "sensor" },
            },
        };

        var reply = await device.AnnounceAsync(wrong);
        reply.GetProperty("ok").GetBoolean().ShouldBeTrue();
        var error = reply.GetProperty("errors")[0];
        var problems = $"heating ({Text(error, "path")}): {Text(error, "message")}\nentities[2].key: ";
        Sidecar.Repairs.Snapshot().Single().ShouldSatisfyAllConditions(
            r => r.Id.ShouldBe("entities_left_out.climate.hall"),
            r => r.Placeholders["name"].ShouldBe("Hall thermostat"),
            r => r.Placeholders["problems"].ShouldStartWith(problems));

        await device.AnnounceAsync(new { lease_seconds = "soon" });
        Sidecar.Repairs.Snapshot().Single().Key.ShouldBe("rejected_change", "those of the newest announcement only");
        await device.AnnounceAsync(wrong);
        Sidecar.Repairs.Snapshot().Single().Key.ShouldBe("entities_left_out");

        await device.AnnounceAsync();
        Sidecar.Repairs.Snapshot().ShouldBeEmpty();

        await device.AnnounceAsync(wrong);
        await device.RemoveAsync();
        Sidecar.Repairs.Snapshot().ShouldBeEmpty();
    }

    [Test]
    public async Task A_list_of_what_was_left_out_is_short_whatever_the_device_sends()
    {
        var device = await DeviceAsync(Hall);
        object[] many = 
        [
            TestDevice.Sensor("temperature"),
            .. Enumerable.Range(0, 40).Select(i => new { key = $"k{i}", platform = "toaster" }),
        ];
        (await device.AnnounceAsync(new { entities = many })).GetProperty("ok").GetBoolean().ShouldBeTrue();
        var problems = Sidecar.Repairs.Snapshot().Single().Placeholders["problems"];
        problems.ShouldStartWith("k0 (entities[1].platform): ");
        problems.ShouldEndWith("\nand 35 more");
        problems.Length.ShouldBeLessThan(2_000);
    }

    [Test]
    public async Task What_a_newer_sidecar_stored_is_not_written_over()
    {
        var newer = """{"schema":2,"type":"climate","id":"hall","name":"Of tomorrow","entities":[]}""";
        await Sidecar.Storage.Bucket("home_devices").PutAsync("climate.hall", newer);
        var device = await DeviceAsync(Hall);

        var reply = await device.AnnounceAsync();

        reply.GetProperty("ok").GetBoolean().ShouldBeFalse();
        reply.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("NOT_STORED");
        reply.GetProperty("errors")[0].GetProperty("message").GetString().ShouldNotBeNull().ShouldContain("newer sidecar");
        (await Sidecar.Storage.Bucket("home_devices").GetEntryAsync<string>("climate.hall")).Value.ShouldBe(newer);
        await Eventually.TrueAsync(
            () => Sidecar.Registry.TryGet(Hall, out var known) && known.Description.Name == "Of tomorrow",
            "it is shown as far as it is understood");
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

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
