using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using NATS.Client.JetStream;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

/// <summary>
/// The stream of events lost its end while no sidecar ran (a power cut, an older backup): its numbers are given a second time.
/// </summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class LostEventsTests(string program)
{
    private const string Ring = "home.devices.door.front.event.bell";

    [Test]
    public async Task A_client_that_has_seen_more_than_the_stream_holds_gets_the_new_events_and_none_twice()
    {
        using var folder = new TempFolder();
        var registry = new InMemoryRegistry();
        registry.Put(InMemoryRegistry.Describe(
            """
            {"schema":1,"type":"door","id":"front","name":"Door",
             "entities":[{"key":"bell","platform":"event","name":"Bell","event_types":["ring"]}]}
            """));
        await using (var home = await StateHome.StartAsync(registry, program, folder.Path))
        {
            await RingAsync(home, 2);
        }

        var copy = folder.Of("copy");
        FolderCopy.Make(folder.Of("nats", "store"), copy);
        HomeView seen;
        await using (var home = await StateHome.StartAsync(registry, program, folder.Path))
        {
            await using var client = await home.ListenAsync();
            await client.UntilAsync(view => view.Ends == 1, "the snapshot");
            await RingAsync(home, 6);
            await client.UntilAsync(view => view.LastEvent == 8, "heard");
            seen = client.View;
        }

        Directory.Delete(folder.Of("nats", "store"), recursive: true);
        FolderCopy.Make(copy, folder.Of("nats", "store"));
        await using var again = await StateHome.StartAsync(registry, program, folder.Path);
        var back = await HubClient.ConnectAsync(again.Home.Url, again.Home.Token);
        var frames = await back.ListenAsync(seen.Epoch, seen.Seq, seen.LastEvent, seen.EventEpoch);
        var view = new HomeView();
        await view.ReadUntilAsync(frames, one => one.Ends == 1, "the snapshot");
        view.EventEpoch.ShouldBe(seen.EventEpoch, "it is the same stream");
        view.LastEvent.ShouldBe(2UL, "the client is set back");
        view.Events.ShouldBeEmpty("what the stream still holds the client has seen");

        await RingAsync(again, 1);
        await view.ReadUntilAsync(frames, one => one.Events.Count == 1, "the doorbell rings");
        view.Events.ShouldHaveSingleItem().Id.ShouldBe(3UL);
        await back.DisposeAsync();

        // Set back once: coming again it gets nothing twice.
        await using var third = await HubClient.ConnectAsync(again.Home.Url, again.Home.Token);
        var last = new HomeView();
        await last.ReadUntilAsync(
            await third.ListenAsync(null, null, view.LastEvent, view.EventEpoch), one => one.Ends == 1, "the snapshot");
        last.Events.ShouldBeEmpty();
    }

    private static async Task RingAsync(StateHome home, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await Stored.PublishAsync(home.Storage.JetStream, "HOME_DEVICE_EVENTS", Ring, "ring");
        }
    }
}
