using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.HomeAssistant;
using HaNatsBridge.Host.Link.Internal;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
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
using Eventually = HaNatsBridge.Host.Tests.Support.Eventually;

namespace HaNatsBridge.Host.Tests.Composition;

/// <summary>A server that stops and comes back with another disk: an empty one, an older one, another home's.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class ExchangedStoreTests(NatsServerVersion version)
{
    private static readonly DeviceId Hall = new("plug", "hall");
    private static readonly DeviceId Cellar = new("plug", "cellar");

    private NatsServerProcess _server = null!;
    private TempFolder _folder = null!;
    private NatsConnection _device = null!;

    private string Store => Path.Combine(_server.Directory, "store");

    [SetUp]
    public async Task SetUp()
    {
        _server = await DiscoveryServer.StartAsync(version);
        _folder = new TempFolder();
        _device = new NatsConnection(new NatsOpts { Url = _server.Url, Name = "device", ReconnectWaitMax = TimeSpan.FromMilliseconds(200), MaxReconnectRetry = -1 });
    }

    [TearDown]
    public async Task TearDown()
    {
        await _device.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_store_that_was_emptied_while_the_sidecar_ran_removes_nobody()
    {
        await using var home = await StartAsync(_folder);
        await using var client = await PopulateAsync(home, "Ours");
        var id = home.Get<IHomeStorage>().BridgeId;

        await ExchangeAsync(null);

        await Eventually.IsTrueAsync(async () => await NameInKvAsync() == "Ours", "put back");
        home.Get<IHomeStorage>().BridgeId.ShouldBe(id);
        await Eventually.IsTrue(() => Keys(home).IsSupersetOf(["registry_lost", "store_lost"]), "a person is told");
        await PublishUntilAsync(home, "off");
        await client.UntilAsync(view => view.States["plug.hall.on"] == "\"off\"" && view.Issues.ContainsKey("store_lost"), "it goes on");
        client.View.Devices.Keys.ShouldBe([Hall.ToString()]);
        client.View.Ends.ShouldBe(1, "without a new snapshot");
    }

    [Test]
    public async Task A_store_that_was_emptied_while_no_sidecar_ran_is_said_and_is_another_registry()
    {
        string id, registry;
        await using (var before = await StartAsync(_folder))
        {
            await using var client = await PopulateAsync(before, "Ours");
            (id, registry) = (before.Get<IHomeStorage>().BridgeId, before.Get<IDeviceRegistry>().Incarnation!);
        }

        await ExchangeAsync(null);

        await using var home = await StartAsync(_folder);
        home.Get<IHomeStorage>().BridgeId.ShouldBe(id);
        home.Get<IDeviceRegistry>().Incarnation.ShouldNotBe(registry, "so that Home Assistant keeps what this one does not know");
        await Eventually.IsTrue(() => Keys(home).Contains("store_lost"), "a person is told");
        await Eventually.IsTrueAsync(async () => await AnnounceAsync("Ours"), "whoever announces itself is there again");
    }

    [Test]
    public async Task Another_homes_store_is_said_and_left_alone_until_the_own_one_is_back()
    {
        var theirs = await MakeTheirsAsync();
        await using var home = await StartAsync(_folder);
        await using var client = await PopulateAsync(home, "Ours");

        var ours = await ExchangeAsync(theirs);
        var before = await StoredAsync();

        await Eventually.IsTrue(() => Keys(home).Contains("other_home"), "a person is told");
        (await AnnounceAsync("Renamed")).ShouldBeFalse("nothing of ours gets into it");
        await PublishAsync("off");
        await client.UntilAsync(view => view.Issues.ContainsKey("other_home"), "it is shown");
        home.Get<IRepairs>().Snapshot().Single(repair => repair.Key == "other_home").Placeholders["expected"].ShouldBe(home.Get<IHomeStorage>().BridgeId);
        client.View.Devices.Keys.ShouldHaveSingleItem("nothing of theirs is shown, nothing of ours removed").ShouldBe(Hall.ToString());
        client.View.Devices[Hall.ToString()].GetProperty("name").GetString().ShouldBe("Ours");
        (await StoredAsync()).ShouldBe(before);

        await ExchangeAsync(ours);

        await Eventually.IsTrue(() => !Keys(home).Contains("other_home"), "it is over");
        await Eventually.IsTrueAsync(async () => await AnnounceAsync("Renamed"), "devices are accepted again");
        await PublishUntilAsync(home, "off");
        await client.UntilAsync(view => view.Devices[Hall.ToString()].GetProperty("name").GetString() == "Renamed" && view.States["plug.hall.on"] == "\"off\"", "it goes on");
        client.View.Devices.Keys.ShouldBe([Hall.ToString()]);
        Keys(home).ShouldNotContain("registry_lost");
    }

    [Test]
    public async Task Another_homes_store_at_the_start_is_the_other_home()
    {
        var theirs = await MakeTheirsAsync();
        string id;
        await using (var before = await StartAsync(_folder))
        {
            id = before.Get<IHomeStorage>().BridgeId;
        }

        await ExchangeAsync(theirs);

        // Home Assistant's entry is made for a bridge id and refuses another.
        await using var home = await StartAsync(_folder);
        home.Get<IHomeStorage>().BridgeId.ShouldNotBe(id);
        home.Get<IDeviceRegistry>().TryGet(Cellar, out _).ShouldBeTrue();
    }

    private static HashSet<string> Keys(TestHome home) => [.. home.Get<IRepairs>().Snapshot().Select(repair => repair.Key)];

    private async Task<TestHome> StartAsync(TempFolder folder)
    {
        var home = await TestHome.StartAsync(
            services => services.AddStorage().AddRegistry().AddState().AddCommands().AddChanges().AddHomeAssistant()
                .AddSingleton(new LinkTimings { Answer = TimeSpan.FromSeconds(1) }),
            dataFolder: folder.Path,
            options: options => options with { Nats = options.Nats with { Url = $"nats://bridge:bridge@127.0.0.1:{_server.Port}" } },
            map: app => app.MapHomeAssistant());
        return await home.OrNoneAsync(one => Task.WhenAll(one.Get<IDeviceRegistry>().Ready, one.Get<IStateStore>().Ready).WaitAsync(TimeSpan.FromSeconds(30)));
    }

    /// <summary>A store with a device of the same name and one more, and no sidecar on it.</summary>
    private async Task<string> MakeTheirsAsync()
    {
        using var folder = new TempFolder();
        await using (var other = await StartAsync(folder))
        {
            await Eventually.IsTrueAsync(async () => await AnnounceAsync("Theirs") && await AnnounceAsync("Theirs", Cellar), "announced");
            await PublishUntilAsync(other, "off");
        }

        return await ExchangeAsync(null);
    }

    /// <summary>One device with a state, and a client that sees it.</summary>
    private async Task<HubClientAndView> PopulateAsync(TestHome home, string name)
    {
        await Eventually.IsTrueAsync(async () => await AnnounceAsync(name), "announced");
        await PublishUntilAsync(home, "on");
        var client = await HubClient.ConnectAsync(home.Url, home.Token);
        var view = new HubClientAndView(client, await client.ListenAsync());
        await view.UntilAsync(seen => seen.Ends == 1 && seen.States["plug.hall.on"] == "\"on\"", "the snapshot");
        return view;
    }

    /// <summary>Stops the server, and starts it on this store; null: an empty one.</summary>
    /// <returns>Where the store lies that it had before.</returns>
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

    private async Task<bool> AnnounceAsync(string name, DeviceId? id = null)
    {
        try
        {
            var payload = TestDevice.Describe(id ?? Hall, new { name, entities = new object[] { new { key = "on", platform = "switch", name = "On" } } });
            var reply = await _device.RequestAsync<byte[], byte[]>("home.discovery.announce", payload, replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(3), ThrowIfNoResponders = true });
            return JsonElement.Parse(reply.Data!).GetProperty("ok").GetBoolean();
        }
        catch (NatsException)
        {
            return false;
        }
    }

    private async Task PublishAsync(string state)
    {
        await _device.PublishAsync("home.devices.plug.hall.state.on", state);
        await _device.PingAsync();
    }

    /// <summary>What is said while the server comes back may be lost.</summary>
    private Task PublishUntilAsync(TestHome home, string state) => Eventually.IsTrueAsync(
        async () =>
        {
            try
            {
                await PublishAsync(state);
            }
            catch (NatsException)
            {
                return false;
            }

            return home.Get<IStateStore>().TryGet(new EntityId(Hall, "on"), out var now) && !now.IsAhead && Encoding.UTF8.GetString(now.Value.Span) == $"\"{state}\"";
        },
        $"the state {state} is stored");

    private async Task<string?> NameInKvAsync()
    {
        await using var reader = new NatsConnection(new NatsOpts { Url = _server.Url, AuthOpts = new NatsAuthOpts { Username = "bridge", Password = "bridge" } });
        try
        {
            var stored = await new NATS.Client.KeyValueStore.NatsKVContext(new NatsJSContext(reader)).GetStoreAsync("home_devices");
            return JsonElement.Parse((await stored.GetEntryAsync<byte[]>(Hall.ToString())).Value!).GetProperty("name").GetString();
        }
        catch (NatsException)
        {
            return null;
        }
    }

    /// <summary>How much the buckets and the events of the server's store hold.</summary>
    private async Task<List<string>> StoredAsync()
    {
        await using var reader = new NatsConnection(new NatsOpts { Url = _server.Url, AuthOpts = new NatsAuthOpts { Username = "bridge", Password = "bridge" } });
        var stored = new List<string>();
        await foreach (var stream in new NatsJSContext(reader).ListStreamsAsync())
        {
            // What the devices on that server say is theirs to store.
            if (stream.Info.Config.Name is { } name and not ("HOME_TELEMETRY" or "HOME_STATE" or "HOME_DLQ"))
            {
                stored.Add($"{name} {stream.Info.State.LastSeq}");
            }
        }

        return stored;
    }
}
