using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.JetStream;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>How long a person is told of what.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class StorageRepairTests(string program)
{
    [Test]
    public async Task A_full_stream_whose_history_reaches_back_a_day_is_no_repair_but_one_of_last_values_is()
    {
        var ahead = new ShiftedTime();
        await using var running = await StartAsync(ahead);
        var storage = running.Get<IHomeStorage>();
        foreach (var name in new[] { storage.Names.DlqStream, storage.Names.ImagesStream })
        {
            var stream = await storage.JetStream.GetStreamAsync(name);
            await stream.UpdateAsync(stream.Info.Config with { MaxBytes = 100_000 });
        }

        (await storage.JetStream.PublishAsync(storage.Subjects.Dlq("test"), new byte[85_000])).EnsureSuccess();
        (await storage.JetStream.PublishAsync("home.devices.camera.door.image.now", new byte[85_000])).EnsureSuccess();
        ahead.Ahead = TimeSpan.FromHours(25);
        await running.Get<StorageWatch>().LookAsync(CancellationToken.None);

        running.Get<IRepairs>().Snapshot().Select(repair => repair.Id).ShouldBe(["stream_nearly_full.HOME_IMAGES"]);
    }

    [Test]
    public async Task A_lost_store_is_told_for_a_day_and_again_when_it_happens_again()
    {
        var ahead = new ShiftedTime();
        await using var running = await StartAsync(ahead);
        var home = running.Get<HomeStorage>();
        var watch = running.Get<StorageWatch>();
        for (var loss = 0; loss < 2; loss++)
        {
            await home.Bucket(HomeBucket.Bridge).PurgeAsync(BridgeIdentity.IdKey);
            await home.EnsureAsync(CancellationToken.None);
            await watch.LookAsync(CancellationToken.None);
            Lost().ShouldBe(1, "a person is told");
            ahead.Ahead += TimeSpan.FromHours(23);
            await watch.LookAsync(CancellationToken.None);
            Lost().ShouldBe(1, "also who was asleep");
            ahead.Ahead += TimeSpan.FromHours(2);
            await watch.LookAsync(CancellationToken.None);
            Lost().ShouldBe(0, "it is made again, and nothing is left to mend");
        }

        int Lost() => running.Get<IRepairs>().Snapshot().Count(repair => repair.Id == "store_lost");
    }

    private async Task<TestHome> StartAsync(TimeProvider time)
    {
        var home = await TestHome.StartAsync(services => services.AddSingleton(time).AddStorage(), program);
        await home.Get<IHomeStorage>().Ready.WaitAsync(TimeSpan.FromSeconds(20));
        return home;
    }
}
