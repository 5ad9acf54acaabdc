using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Changes.Internal;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Changes;

/// <summary>A reader of a part of the home gets that part alone.</summary>
public sealed class PartTests
{
    [TestCase("sensor.*", "", "sensor.attic sensor.hall sensor.hall-2")]
    [TestCase("", "sensor.hall*", "sensor.attic")]
    [TestCase("sensor.hall-?", "", "sensor.hall-2")]
    [TestCase("sensor.*", "*.attic", "sensor.hall sensor.hall-2")]
    [TestCase("SENSOR.*", "", "")]
    [TestCase("", "", "sensor.attic sensor.hall sensor.hall-2")]
    public void It_gets_devices_states_availability_and_removals_of_its_part(string devices, string except, string expected)
    {
        using var log = new ChangeLog(new FakeTimeProvider(), "epoch");
        foreach (var id in (string[])["attic", "hall", "hall-2"])
        {
            var description = InMemoryRegistry.Sensors(id, 1);
            log.StatesComplete(description);
            log.DeviceChanged(Registered(id, online: true));
            log.StateChanged(new EntityState(new EntityId(description.Id, "s0"), Encoding.UTF8.GetBytes("1"), 1));
        }

        log.SetReady([]);
        using var reader = log.Read(new ListenRequest { Devices = List(devices), Except = List(except) });
        var first = ReadAll(reader);
        var wanted = List(expected) ?? [];
        first.Devices.Order().ShouldBe(wanted);
        first.States.Order().ShouldBe(wanted);
        reader.IsComplete.ShouldBeTrue();

        log.AvailabilityChanged(Registered("hall", online: false));
        log.DeviceRemoved(new DeviceId("sensor", "attic"));
        var later = ReadAll(reader);
        later.Availability.ShouldBe(wanted.Where(id => id == "sensor.hall"));
        later.Removed.ShouldBe(wanted.Where(id => id == "sensor.attic"));
    }

    private static string[]? List(string text) => text.Length == 0 ? null : text.Split(' ');

    private static RegisteredDevice Registered(string id, bool online) =>
        new(InMemoryRegistry.Sensors(id, 1), 1, new DeviceAvailability(online, DateTimeOffset.UnixEpoch, "announced"));

    private static (List<string> Devices, List<string> States, List<string> Availability, List<string> Removed) ReadAll(
        ChangeReader reader)
    {
        var (devices, states, availability, removed) = (new List<string>(), new List<string>(), new List<string>(), new List<string>());
        var batch = new ChangeBatch();
        while (reader.TryTake(batch))
        {
            devices.AddRange(batch.Devices.Select(one => one.Description.Id.ToString()));
            states.AddRange(batch.States.Select(one => one.Entity.Device.ToString()));
            availability.AddRange(batch.Availability.Select(one => one.Device.ToString()));
            removed.AddRange(batch.Removed.Select(one => one.ToString()));
        }

        return (devices, states, availability, removed);
    }
}
