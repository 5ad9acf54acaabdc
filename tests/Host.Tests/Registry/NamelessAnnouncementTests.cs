using System.Text;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Registry.Internal.Announcing;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

/// <summary>An announcement that names no device and has no reply subject is told to a person.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class NamelessAnnouncementTests(NatsServerVersion version) : RegistryTest(version)
{
    [Test]
    public async Task What_is_not_JSON_is_one_repair_until_none_has_come_for_an_hour()
    {
        var device = await DeviceAsync(Hall);
        await PublishAsync(device, "{\"schema\": 1,");
        await Eventually.TrueAsync(() => Sidecar.Repairs.Snapshot().Count == 1, "it is a repair");

        Sidecar.Repairs.Snapshot().Single().ShouldSatisfyAllConditions(
            repair => repair.Id.ShouldBe("nameless_announcement"),
            repair => repair.Placeholders["subject"].ShouldBe("home.discovery.announce"),
            repair => repair.Placeholders["problem"].ShouldBe("not valid JSON of at most 16 levels: line 1, byte 13"),
            repair => repair.Placeholders["since"].ShouldMatch(@"^\d{4}-\d\d-\d\d \d\d:\d\d UTC$"),
            repair => repair.Placeholders["stream"].ShouldBe("HOME_DLQ"));
        Sidecar.Get<IEnumerable<IHealthContributor>>().Single(one => one.Name == "registry").Report()
            .Details!["nameless"]!["subject"]!.GetValue<string>().ShouldBe("home.discovery.announce");

        Clock.Ahead += TimeSpan.FromMinutes(59);
        Sidecar.Get<NamelessRefusals>().ClearOld();
        Sidecar.Repairs.Snapshot().ShouldHaveSingleItem();
        Clock.Ahead += TimeSpan.FromMinutes(2);
        Sidecar.Get<NamelessRefusals>().ClearOld();
        Sidecar.Repairs.Snapshot().ShouldBeEmpty();
    }

    [Test]
    public async Task Of_many_one_a_minute_is_logged_and_who_asks_gets_the_answer_alone()
    {
        var device = await DeviceAsync(Hall);
        for (var i = 0; i < 50; i++)
        {
            await PublishAsync(device, "rubbish");
        }

        // Handled in order: the fifty are, when this one is answered.
        (await device.AnnounceRawAsync("rubbish"u8.ToArray())).GetProperty("ok").GetBoolean().ShouldBeFalse();
        Lines().Length.ShouldBe(1);
        Sidecar.Get<NamelessRefusals>().Seen!.Count.ShouldBe(50);

        Clock.Ahead += TimeSpan.FromMinutes(1);
        await PublishAsync(device, """{"schema": 1, "type": "lamp", "entities": []}""");
        await device.AnnounceAsync();
        Lines().Length.ShouldBe(2);
        Lines()[1].ShouldContain("id: id is missing; expected 1 to 64 of the characters A-Z a-z 0-9 _ -. There were 51 of them");
        Sidecar.Repairs.Snapshot().Single().Placeholders["problem"].ShouldBe("id: id is missing; expected 1 to 64 of the characters A-Z a-z 0-9 _ -");

        string[] Lines() => [.. Sidecar.Log.Where(line => line.Contains("names no device", StringComparison.Ordinal))];
    }

    private static ValueTask PublishAsync(TestDevice device, string announcement) =>
        device.Connection.PublishAsync(
            "home.discovery.announce", Encoding.UTF8.GetBytes(announcement), serializer: NatsRawSerializer<byte[]>.Default);
}
