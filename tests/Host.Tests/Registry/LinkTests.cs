using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

[TestFixture(NatsServerVersion.Newest)]
public sealed class LinkTests(NatsServerVersion version) : RegistryTest(version)
{
    [Test]
    public async Task An_unknown_gateway_is_left_out_with_a_warning_and_set_when_it_comes()
    {
        var device = await DeviceAsync(Hall);

        var reply = await device.AnnounceAsync(new { via_device = "gateway.attic" });

        reply.GetProperty("warnings")[0].GetProperty("path").GetString().ShouldBe("via_device");
        Via(Hall).ShouldBeNull();
        Json(Hall).ShouldNotContain("via_device");

        await device.AnnounceRawAsync(TestDevice.Describe(Gateway));

        Via(Hall).ShouldBe(Gateway);
        Json(Hall).ShouldContain("via_device");
        Sidecar.Events.Where(t => t.StartsWith("changed", StringComparison.Ordinal))
            .ShouldBe(["changed climate.hall", "changed gateway.attic", "changed climate.hall"]);
        Sidecar.Registry.Snapshot().Select(d => d.Description.Id).ShouldBe([Gateway, Hall]);
    }

    [Test]
    public async Task When_the_gateway_is_removed_the_device_stays_without_it()
    {
        var device = await DeviceAsync(Hall);
        await device.AnnounceRawAsync(TestDevice.Describe(Gateway));
        await device.AnnounceAsync(new { via_device = "gateway.attic" });
        Via(Hall).ShouldBe(Gateway);

        await using (var gateway = await TestDevice.ConnectAsync(Server.Url, Gateway))
        {
            await gateway.RemoveAsync();
        }

        Via(Hall).ShouldBeNull();
        Sidecar.Registry.Count.ShouldBe(1);
    }

    [Test]
    public async Task A_circle_is_listed_without_its_links_whoever_came_first()
    {
        var device = await DeviceAsync(Hall);
        await device.AnnounceAsync(new { via_device = "climate.attic" });

        var reply = await device.AnnounceRawAsync(TestDevice.Describe(Attic, new { via_device = "climate.hall" }));

        reply.GetProperty("warnings")[0].GetProperty("path").GetString().ShouldBe("via_device");
        Via(Hall).ShouldBeNull();
        Via(Attic).ShouldBeNull();
        Sidecar.Registry.Snapshot().Count.ShouldBe(2);

        await device.AnnounceRawAsync(TestDevice.Describe(Attic));
        Via(Hall).ShouldBe(Attic, "the circle is open again");
    }

    [Test]
    public async Task Gateways_come_before_what_stands_behind_them_however_deep()
    {
        var device = await DeviceAsync(Hall);
        await device.AnnounceRawAsync(TestDevice.Describe(new DeviceId("a", "leaf"), new { via_device = "b.branch" }));
        await device.AnnounceRawAsync(TestDevice.Describe(new DeviceId("b", "branch"), new { via_device = "c.trunk" }));
        await device.AnnounceRawAsync(TestDevice.Describe(new DeviceId("c", "trunk")));

        Sidecar.Registry.Snapshot().Select(d => d.Description.Id.ToString()).ShouldBe(["c.trunk", "b.branch", "a.leaf"]);
    }

    [Test]
    public async Task A_chain_of_gateways_ends_at_the_eighth_with_a_warning()
    {
        var device = await DeviceAsync(Hall);
        DeviceId One(int i) => new("chain", $"n{i}");
        await device.AnnounceRawAsync(TestDevice.Describe(One(0)));
        for (var i = 1; i <= DeviceLinks.MaxDepth; i++)
        {
            (await device.AnnounceRawAsync(TestDevice.Describe(One(i), new { via_device = One(i - 1).ToString() })))
                .TryGetProperty("warnings", out _).ShouldBeFalse();
        }

        var reply = await device.AnnounceRawAsync(TestDevice.Describe(One(9), new { via_device = One(8).ToString() }));

        reply.GetProperty("warnings")[0].GetProperty("path").GetString().ShouldBe("via_device");
        reply.GetProperty("warnings")[0].GetProperty("message").GetString().ShouldNotBeNull().ShouldContain("at most 8 gateways");
        Via(One(8)).ShouldBe(One(7));
        Via(One(9)).ShouldBeNull();

        // Its end moves away: the chain is short enough again.
        await device.AnnounceRawAsync(TestDevice.Describe(One(1)));
        Via(One(9)).ShouldBe(One(8));
    }

    [Test]
    public void A_change_at_the_head_of_a_long_chain_looks_at_few_devices()
    {
        var devices = new Dictionary<DeviceId, DeviceDescription>();
        var links = new DeviceLinks(devices.GetValueOrDefault);
        DeviceId One(int i) => new("chain", $"n{i}");
        for (var i = 0; i < 10_000; i++)
        {
            devices[One(i)] = DeviceDescription.FromStored(
                TestDevice.Describe(One(i), i == 0 ? null : new { via_device = One(i - 1).ToString() }));
            links.Changed(null, devices[One(i)]);
        }

        links.Behind(One(0)).Count.ShouldBe(DeviceLinks.MaxDepth);
        links.Listed(devices[One(9_999)]).ViaDevice.ShouldBeNull();
    }

    private DeviceId? Via(DeviceId id) => Sidecar.Registry.TryGet(id, out var device) ? device.Description.ViaDevice : null;

    private string Json(DeviceId id) =>
        Sidecar.Registry.TryGet(id, out var device) ? System.Text.Encoding.UTF8.GetString(device.Description.Json.Span) : "";
}
