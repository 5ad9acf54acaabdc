using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

[TestFixture(NatsServerVersion.Newest)]
[NonParallelizable] // Measures the memory of the process.
public sealed class AnnounceFloodTests(NatsServerVersion version) : RegistryTest(version)
{
    [Test]
    public async Task A_whole_house_that_comes_back_at_once_is_answered_at_the_first_attempt()
    {
        var device = await DeviceAsync(Hall);

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 1_000).Select(i => device.AnnounceRawAsync(TestDevice.Describe(new DeviceId("house", $"d{i}")))));

        replies.ShouldAllBe(r => r.GetProperty("ok").GetBoolean());
        await Eventually.TrueAsync(
            () => Sidecar.Registry.Snapshot().Count(d => d.Availability.Online) == 1_000, "all are online");
    }

    [Test]
    public async Task More_than_fits_is_refused_at_once_and_the_memory_stays_bounded()
    {
        var device = await DeviceAsync(Hall);
        var large = new byte[500 * 1024];
        large.AsSpan().Fill((byte)' ');
        Encoding.UTF8.GetBytes("{\"schema\":1,\"type\":").CopyTo(large, 0);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < 400; i++)
        {
            await device.Connection.PublishAsync("home.discovery.announce", large);
        }

        (await device.AnnounceUntilAcceptedAsync()).ShouldBeTrue();
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(64L * 1024 * 1024);
    }

    [Test]
    public async Task A_device_that_changes_all_the_time_is_slowed_down_and_announcing_the_same_again_is_free()
    {
        var device = await DeviceAsync(Hall);
        var other = await DeviceAsync(Attic);
        var refused = 0;

        // However slow this machine is, no time passes in which it is allowed one more.
        Clock.Stop();
        for (var i = 0; i < 60; i++)
        {
            var reply = await device.AnnounceAsync(new { name = $"Name {i}" });
            refused += reply.GetProperty("ok").GetBoolean() ? 0 : 1;
        }

        refused.ShouldBe(30);
        (await other.AnnounceAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();
        for (var i = 0; i < 60; i++)
        {
            (await other.AnnounceAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();
        }
    }
}
