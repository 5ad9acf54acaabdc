using System.Text.Json;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

/// <summary>An entity that worked is not lost because its device announces it again with a mistake.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class KeptEntityTests(NatsServerVersion version) : RegistryTest(version)
{
    private static readonly object Plug = new { key = "plug", platform = "switch", name = "Plug" };
    private static readonly object WrongPlug = new { key = "plug", platform = "switch", name = "Socket", icon = 5 };

    [Test]
    public async Task An_entity_that_is_wrong_now_stays_as_it_was_with_its_state_until_it_is_mended()
    {
        var device = await DeviceAsync(Hall);
        var first = await Announce(device, TestDevice.Sensor("temperature"), Plug);
        await device.Connection.PublishAsync("home.devices.climate.hall.state.plug", "on");

        var reply = await Announce(device, TestDevice.Sensor("temperature"), WrongPlug);

        reply.GetProperty("ok").GetBoolean().ShouldBeTrue();
        reply.GetProperty("accepted").GetInt32().ShouldBe(1);
        reply.GetProperty("revision").GetUInt64().ShouldBe(first.GetProperty("revision").GetUInt64(), "nothing has changed");
        var error = reply.GetProperty("errors").EnumerateArray().Single();
        error.GetProperty("path").GetString().ShouldBe("entities[1].icon");
        error.GetProperty("kept").GetBoolean().ShouldBeTrue();
        Sidecar.Repairs.Snapshot().Single().ShouldSatisfyAllConditions(
            r => r.Id.ShouldBe("entities_kept.climate.hall"),
            r => r.Placeholders["name"].ShouldBe("Device climate.hall"),
            r => r.Placeholders["problems"].ShouldBe("plug (entities[1].icon): expected a text"));

        // One that is right beside it is taken over.
        await Announce(device, new { key = "humidity", platform = "sensor" }, WrongPlug);
        NamesOfEntities().ShouldBe(["humidity", "plug: Plug"]);
        (await StateOfPlugAsync()).ShouldBe("on");

        await Announce(device, Plug);
        NamesOfEntities().ShouldBe(["plug: Plug"]);
        Sidecar.Repairs.Snapshot().ShouldBeEmpty();

        await Announce(device);
        NamesOfEntities().ShouldBeEmpty("one that is not announced is withdrawn");
        (await StateOfPlugAsync()).ShouldBeNullOrEmpty();
    }

    [Test]
    public async Task It_stays_over_a_restart_of_the_sidecar_and_beside_another_sidecar()
    {
        var device = await DeviceAsync(Hall);
        await Announce(device, Plug);
        (await Announce(device, WrongPlug)).GetProperty("errors")[0].GetProperty("kept").GetBoolean().ShouldBeTrue();

        await RestartSidecarAsync();
        NamesOfEntities().ShouldBe(["plug: Plug"]);
        (await Announce(device, WrongPlug)).GetProperty("errors")[0].GetProperty("kept").GetBoolean().ShouldBeTrue();
        NamesOfEntities().ShouldBe(["plug: Plug"]);
        Sidecar.Repairs.Snapshot().Single().Key.ShouldBe("entities_kept");

        await StartSidecarAsync();
        for (var i = 0; i < 10; i++)
        {
            (await Announce(device, WrongPlug)).GetProperty("errors")[0].GetProperty("kept").GetBoolean().ShouldBeTrue();
        }

        NamesOfEntities().ShouldBe(["plug: Plug"]);
    }

    [Test]
    public async Task What_is_new_and_wrong_is_left_out_beside_what_is_kept_and_both_are_repairs()
    {
        var device = await DeviceAsync(Hall);
        await Announce(device, Plug);

        var reply = await Announce(device, WrongPlug, new { key = "oven", platform = "toaster" });

        reply.GetProperty("errors")[1].TryGetProperty("kept", out _).ShouldBeFalse();
        Sidecar.Repairs.Snapshot().Select(r => r.Key).ShouldBe(["entities_kept", "entities_left_out"]);
        Sidecar.Repairs.Snapshot()[1].Placeholders["problems"].ShouldStartWith("oven (entities[1].platform): ");

        await device.RemoveAsync();
        Sidecar.Repairs.Snapshot().ShouldBeEmpty();
    }

    [Test]
    public async Task A_removed_device_keeps_nothing()
    {
        var device = await DeviceAsync(Hall);
        await Announce(device, Plug);
        await device.RemoveAsync();

        var reply = await Announce(device, WrongPlug);

        reply.GetProperty("errors")[0].TryGetProperty("kept", out _).ShouldBeFalse();
        NamesOfEntities().ShouldBeEmpty();
    }

    private static Task<JsonElement> Announce(TestDevice device, params object[] entities) =>
        device.AnnounceAsync(new { entities });

    private List<string> NamesOfEntities()
    {
        Sidecar.Registry.TryGet(Hall, out var device).ShouldBeTrue();
        return
        [
            .. from entity in device!.Description.Entities
               let name = JsonElement.Parse(entity.Json.Span).TryGetProperty("name", out var given) ? $": {given.GetString()}" : ""
               select entity.Key + name,
        ];
    }

    private async Task<string?> StateOfPlugAsync()
    {
        var stream = await Sidecar.Storage.JetStream.GetStreamAsync(Sidecar.Storage.Names.TelemetryStream);
        var last = await stream.GetDirectAsync<string>(
            new() { LastBySubj = "home.devices.climate.hall.state.plug" }, NatsDefaultSerializer<string>.Default);
        return last.Data;
    }
}
