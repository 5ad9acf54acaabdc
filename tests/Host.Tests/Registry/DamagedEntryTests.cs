using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class DamagedEntryTests(NatsServerVersion version) : RegistryTest(version)
{
    [Test]
    public async Task An_entry_that_is_no_description_removes_nothing_and_counts_as_long_as_it_is_there()
    {
        var follower = Sidecar.Get<RegistryFollower>();
        var devices = Sidecar.Storage.Bucket("home_devices");
        await OnlineAsync(Hall);
        await devices.PutAsync("climate.hall", "nonsense"u8.ToArray());
        await devices.PutAsync("climate.attic", "nonsense"u8.ToArray());
        await Eventually.TrueAsync(() => follower.Unreadable == 2, "both are found");
        Sidecar.Registry.TryGet(Hall, out _).ShouldBeTrue("what was read before counts");

        await RestartSidecarAsync();
        follower = Sidecar.Get<RegistryFollower>();
        follower.Unreadable.ShouldBe(2);
        Sidecar.Registry.Removed.ShouldBeEmpty();

        await OnlineAsync(Hall);
        await Sidecar.Storage.Bucket("home_devices").DeleteAsync("climate.attic");
        await Eventually.TrueAsync(() => follower.Unreadable == 0, "one is described, the other gone");
    }

    /// <summary>The bucket has ten revisions: afterwards nothing of the description is left.</summary>
    [Test]
    public async Task A_device_whose_stored_description_is_lost_is_kept_with_a_repair_until_it_announces_itself()
    {
        await OnlineAsync(Hall);
        var devices = Sidecar.Storage.Bucket("home_devices");
        for (var i = 0; i < 12; i++)
        {
            await devices.PutAsync("climate.hall", """{"stream":"HOME_TELEMETRY","seq":12}"""u8.ToArray());
        }

        await Eventually.TrueAsync(() => Repaired("climate.hall"), "a repair names it");
        Sidecar.Registry.TryGet(Hall, out _).ShouldBeTrue();

        await RestartSidecarAsync();
        Repaired("climate.hall").ShouldBeTrue("it exists");
        Sidecar.Registry.Removed.ShouldBeEmpty();
        Sidecar.Get<IHealthContributor>().State().ShouldBe(HealthState.Degraded);

        await OnlineAsync(Hall);
        await Eventually.TrueAsync(() => !Repaired("climate.hall"), "it is described again");
    }

    [Test]
    public async Task A_flood_of_damage_is_a_hundred_repairs_and_one_line_in_the_log()
    {
        var devices = Sidecar.Storage.Bucket("home_devices");
        for (var i = 0; i < 150; i++)
        {
            await devices.PutAsync($"climate.d{i}", "nonsense"u8.ToArray());
        }

        await Eventually.TrueAsync(() => Sidecar.Get<RegistryFollower>().Unreadable == 150, "all are found");
        Sidecar.Repairs.Snapshot().Count(repair => repair.Key == "damaged_entry").ShouldBe(100);
        Sidecar.Log.Count(line => line.Contains("cannot be read and changes nothing", StringComparison.Ordinal)).ShouldBe(1);
    }

    private bool Repaired(string device) => Sidecar.Repairs.Snapshot().Any(repair => repair.Id == $"damaged_entry.{device}");
}
