using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link.Internal;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.HomeAssistant;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Composition;

/// <summary>
/// The store behind the whole sidecar becomes another one: it restarts inside the process, reads what is there, and the devices
/// announce themselves again on their own.
/// </summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class ExchangedStoreTests(NatsServerVersion version)
{
    private static readonly DeviceId Hall = new("plug", "hall");
    private static readonly DeviceId Cellar = new("plug", "cellar");

    private NatsServerProcess _server = null!;
    private TempFolder _folder = null!;
    private NatsConnection _device = null!;
    private CancellationTokenSource _end = null!;

    private string Store => Path.Combine(_server.Directory, "store");

    [SetUp]
    public async Task SetUp()
    {
        _server = await HomeServer.StartAsync(version);
        _folder = new TempFolder();
        _end = new CancellationTokenSource();
        _device = new NatsConnection(new NatsOpts
        {
            Url = _server.Url, Name = "device", ReconnectWaitMax = TimeSpan.FromMilliseconds(200), MaxReconnectRetry = -1,
        });
    }

    [TearDown]
    public async Task TearDown()
    {
        await _end.CancelAsync();
        await _device.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
        _end.Dispose();
    }

    [Test]
    public async Task A_bucket_that_was_deleted_and_made_anew()
    {
        await using var home = await StartAsync(_folder);
        await LiveAsync(home);
        var jetStream = home.Get<IHomeStorage>().JetStream;
        var devices = await jetStream.GetStreamAsync("KV_home_devices");

        await devices.DeleteAsync();
        await jetStream.CreateStreamAsync(devices.Info.Config);

        await home.NextAsync();
        await AnnouncedAsync(home);
        ChangeOf(home).ShouldContain("KV_home_devices");
        await using var client = await ListenAsync(home);
        await client.UntilAsync(
            view => view.Issues.ContainsKey("store_exchanged") && view.States.GetValueOrDefault("plug.hall.on") == "\"on\"",
            "a repair is shown, and the states were not lost");
        client.View.Devices.Keys.ShouldBe([Hall.ToString()]);
    }

    [Test]
    public async Task A_store_that_lost_its_end_as_after_a_restored_backup()
    {
        await using var home = await StartAsync(_folder);
        await LiveAsync(home);
        await RingAsync();
        await _server.StopAsync();
        FolderCopy.Make(Store, Store + ".copy");
        await _server.StartAsync();
        await PublishUntilAsync(home, "off");
        await RingAsync();
        await RingAsync();
        HomeView seen;
        await using (var before = await ListenAsync(home))
        {
            await before.UntilAsync(view => view.Ends == 1 && view.LastEvent == 3, "the client has seen what is lost then");
            seen = before.View;
        }

        await _server.KillAsync();
        Directory.Delete(Store, recursive: true);
        Directory.Move(Store + ".copy", Store);
        await _server.StartAsync();

        await home.NextAsync();
        await AnnouncedAsync(home);
        ChangeOf(home).ShouldContain("lost its end");
        await using var client = await HubClient.ConnectAsync(home.Url, home.Token);
        var back = new HubClientAndView(client, await client.ListenAsync(seen.Epoch, seen.Seq, seen.LastEvent, seen.EventEpoch));
        await back.UntilAsync(view => view.Ends == 1, "the snapshot");
        back.View.States["plug.hall.on"].ShouldBe("\"on\"", "as the store has it");
        back.View.Events.ShouldBeEmpty();
        await RingAsync();
        await PublishUntilAsync(home, "off");
        await back.UntilAsync(view => view.Events.Count == 1 && view.States["plug.hall.on"] == "\"off\"", "it goes on");
    }

    [Test]
    public async Task An_empty_store_behind_the_same_address()
    {
        await using var home = await StartAsync(_folder);
        await LiveAsync(home);
        var id = home.Get<IHomeStorage>().BridgeId;

        await ExchangeAsync(null);

        await home.NextAsync();
        await AnnouncedAsync(home);
        home.Get<IHomeStorage>().BridgeId.ShouldBe(id);
        await PublishUntilAsync(home, "off");
    }

    [Test]
    public async Task An_empty_store_that_the_sidecar_finds_when_it_starts()
    {
        string id;
        await using (var before = await StartAsync(_folder))
        {
            await LiveAsync(before);
            id = before.Get<IHomeStorage>().BridgeId;
        }

        await ExchangeAsync(null);
        await using var home = await StartAsync(_folder);
        home.Get<IHomeStorage>().BridgeId.ShouldBe(id);
        ChangeOf(home).ShouldContain(id);
        await AnnouncedAsync(home);
    }

    [Test]
    public async Task Another_homes_store_behind_the_same_address_and_the_own_one_again()
    {
        string theirs, theirId;
        using (var folder = new TempFolder())
        await using (var other = await StartAsync(folder))
        {
            (await AnnounceAsync(Cellar)).ShouldBeTrue();
            theirId = other.Get<IHomeStorage>().BridgeId;
        }

        theirs = await ExchangeAsync(null);
        await using var home = await StartAsync(_folder);
        await LiveAsync(home);
        var id = home.Get<IHomeStorage>().BridgeId;

        var ours = await ExchangeAsync(theirs);
        await home.NextAsync();
        await ReadyAsync(home);
        home.Get<IHomeStorage>().BridgeId.ShouldBe(theirId, "Home Assistant's entry is made for a bridge id and refuses another");
        home.Get<IDeviceRegistry>().TryGet(Cellar, out _).ShouldBeTrue();

        await ExchangeAsync(ours);
        await home.NextAsync();
        await AnnouncedAsync(home);
        home.Get<IHomeStorage>().BridgeId.ShouldBe(id);
        home.Get<IDeviceRegistry>().TryGet(Cellar, out _).ShouldBeFalse();
    }

    private static string ChangeOf(RestartingHome home) =>
        home.Get<IRepairs>().Snapshot().Single(repair => repair.Id == "store_exchanged").Placeholders["change"];

    private static Task ReadyAsync(RestartingHome home) =>
        Task.WhenAll(home.Get<IDeviceRegistry>().Ready, home.Get<IStateStore>().Ready).WaitAsync(TimeSpan.FromSeconds(30));

    private static async Task<HubClientAndView> ListenAsync(RestartingHome home)
    {
        var client = await HubClient.ConnectAsync(home.Url, home.Token);
        return new HubClientAndView(client, await client.ListenAsync());
    }

    private async Task<RestartingHome> StartAsync(TempFolder folder)
    {
        var options = new BridgeOptions
        {
            Data = folder.Path,
            Listen = "127.0.0.1:0",
            Nats = new NatsOptions { Url = $"nats://bridge:bridge@127.0.0.1:{_server.Port}" },
        }.With(new StorageOptions { MaxBytes = 64 * StorageDeclarations.Mebibyte });
        var home = await RestartingHome.StartAsync(options, services => services
            .AddSingleton(new LinkTimings { Answer = TimeSpan.FromSeconds(1) })
            .AddSingleton(new StorageTimings { Look = TimeSpan.FromMilliseconds(200) }));
        await ReadyAsync(home);
        return home;
    }

    /// <summary>A device with a state, which announces itself after each reconnect and whenever it is asked to.</summary>
    private async Task LiveAsync(RestartingHome home)
    {
        _ = AnswerAsync(await _device.SubscribeCoreAsync<byte[]>("home.discovery.request"), _end.Token);
        _device.ConnectionOpened += (_, _) =>
        {
            _ = Eventually.TrueAsync(() => AnnounceAsync(Hall), "announced after the reconnect");
            return ValueTask.CompletedTask;
        };
        await Eventually.TrueAsync(() => AnnounceAsync(Hall), "announced");
        await PublishUntilAsync(home, "on");
    }

    private async Task AnswerAsync(INatsSub<byte[]> requests, CancellationToken end)
    {
        await foreach (var _ in requests.Msgs.ReadAllAsync(end))
        {
            await Eventually.TrueAsync(() => AnnounceAsync(Hall), "announced again");
        }
    }

    private static async Task AnnouncedAsync(RestartingHome home)
    {
        await ReadyAsync(home);
        await Eventually.TrueAsync(() => home.Get<IDeviceRegistry>().TryGet(Hall, out _), "it is there again");
    }

    /// <summary>Starts the server on this store; null: an empty one. Returns where the store is that it had before.</summary>
    private async Task<string> ExchangeAsync(string? store)
    {
        await _server.StopAsync();
        var before = Path.Combine(_server.Directory, Path.GetRandomFileName());
        Directory.Move(Store, before);
        if (store is not null)
        {
            Directory.Move(store, Store);
        }

        await _server.StartAsync();
        return before;
    }

    private async Task<bool> AnnounceAsync(DeviceId id)
    {
        object[] entities =
        [
            new { key = "on", platform = "switch", name = "On" },
            new { key = "bell", platform = "event", name = "Bell", event_types = new[] { "ring" } },
        ];
        try
        {
            var reply = await _device.RequestAsync<byte[], byte[]>(
                "home.discovery.announce",
                TestDevice.Describe(id, new { name = "Plug", entities }),
                replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(3), ThrowIfNoResponders = true });
            return JsonElement.Parse(reply.Data!).GetProperty("ok").GetBoolean();
        }
        catch (NatsException)
        {
            return false;
        }
    }

    private Task RingAsync() => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await Stored.PublishAsync(
                    new NatsJSContext(_device), "HOME_DEVICE_EVENTS", "home.devices.plug.hall.event.bell", "ring");
                return true;
            }
            catch (NatsException)
            {
                return false;
            }
        },
        "it rings");

    /// <summary>What is published while the server comes back may be lost.</summary>
    private Task PublishUntilAsync(RestartingHome home, string state) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await _device.PublishAsync("home.devices.plug.hall.state.on", state);
                await _device.PingAsync();
            }
            catch (NatsException)
            {
                return false;
            }

            return home.Get<IStateStore>().TryGet(new EntityId(Hall, "on"), out var now)
                && Encoding.UTF8.GetString(now.Value.Span) == $"\"{state}\"";
        },
        $"the state {state} is stored");
}
