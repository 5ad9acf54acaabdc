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
}
