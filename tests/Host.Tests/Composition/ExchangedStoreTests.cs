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
        _server = await HomeServer.StartAsync(version);
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
    public async Task A_store_that_was_emptied_while_no_sidecar_ran_is_a_repair()
    {
        string id;
        await using (var before = await StartAsync(_folder))
        {
            await using var client = await PopulateAsync(before, "Ours");
            id = before.Get<IHomeStorage>().BridgeId;
        }

        await ExchangeAsync(null);

        await using var home = await StartAsync(_folder);
        home.Get<IHomeStorage>().BridgeId.ShouldBe(id);
        await Eventually.IsTrue(() => Keys(home).Contains("store_lost"), "a person is told");
        await Eventually.IsTrueAsync(async () => await AnnounceAsync("Ours"), "whoever announces itself is there again");
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
            services => services.AddStorage().AddHomeDevices().AddState().AddCommands().AddChanges().AddHomeAssistant()
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
}
