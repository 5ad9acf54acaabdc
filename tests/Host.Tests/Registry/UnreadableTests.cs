using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class UnreadableTests(NatsServerVersion version) : RegistryTest(version)
{
    [Test]
    public async Task An_entry_that_is_no_description_counts_once_and_as_long_as_it_stands_there()
    {
        var follower = Sidecar.Get<RegistryFollower>();
        var devices = Sidecar.Storage.Bucket(HomeBucket.Devices);
        await devices.PutAsync("climate.hall", "nonsense"u8.ToArray());
        await devices.PutAsync("climate.attic", "nonsense"u8.ToArray());
        await Eventually.TrueAsync(() => follower.Unreadable == 2, "both are found");

        var generation = Sidecar.Get<Host.Link.IHomeLink>().Generation;
        await Server.RestartAsync();
        await Eventually.TrueAsync(() => Sidecar.Get<Host.Link.IHomeLink>().Generation > generation, "reconnected");
        await OnlineAsync(Gateway);
        await Eventually.TrueAsync(() => follower.Unreadable == 2, "still two");

        await devices.DeleteAsync("climate.attic");
        await OnlineAsync(Hall);
        await Eventually.TrueAsync(() => follower.Unreadable == 0, "one is gone, the other described");
    }
}
