using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Registry.Internal.Budgets;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

/// <summary>No credential can fill Home Assistant, and neither can all devices together: who was there first stays.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class EntityBudgetTests(NatsServerVersion version)
{
    private const string Repair = "no_room_for_devices";
    private readonly List<IAsyncDisposable> _owned = [];
    private NatsServerProcess _server = null!;
    private Limits _limits = null!;
    private OneGateway _fleet = null!;
    private TestSidecar _sidecar = null!;

    [SetUp]
    public async Task SetUp()
    {
        _limits = new Limits();
        _fleet = new OneGateway();
        _server = await HomeServer.StartAsync(version);
        _sidecar = await StartAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        foreach (var one in Enumerable.Reverse(_owned))
        {
            await one.DisposeAsync();
        }

        _owned.Clear();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task A_gateway_that_announces_many_devices_of_1000_entities_gets_5000_of_them_and_one_repair()
    {
        var gateway = await DeviceAsync(new DeviceId("zigbee", "d0"));
        var replies = new List<JsonElement>();
        for (var i = 0; i < 40; i++)
        {
            replies.Add(await AnnounceAsync(gateway, new DeviceId("zigbee", $"d{i}"), 1_000));
        }

        replies.Count(IsOk).ShouldBe(5);
        replies.Take(5).ShouldAllBe(reply => IsOk(reply));
        _sidecar.Registry.Count.ShouldBe(5);
        _sidecar.Get<DeviceRegistry>().EntityCount.ShouldBe(5_000);
        var error = replies[^1].GetProperty("errors").EnumerateArray().Single();
        error.GetProperty("code").GetString().ShouldBe("TOO_LARGE");
        error.GetProperty("path").GetString().ShouldBe("entities");
        error.GetProperty("message").GetString().ShouldBe(
            "there is no room for its 1000 entities: at most 5000 entities of the credential zigbee.* "
            + "(--max-entities-per-credential)");
        _sidecar.Repairs.Snapshot().Single().ShouldSatisfyAllConditions(
            repair => repair.Id.ShouldBe(Repair),
            repair => repair.Placeholders["limits"].ShouldBe(
                "5000 entities of the credential zigbee.* (--max-entities-per-credential): "
                + "zigbee.d5, zigbee.d6, zigbee.d7, zigbee.d8, zigbee.d9, …"));

        IsOk(await AnnounceAsync(gateway, new DeviceId("climate", "hall"), 100)).ShouldBeTrue("the others have their room");
        IsOk(await AnnounceAsync(gateway, new DeviceId("zigbee", "d0"), 1_000)).ShouldBeTrue("who was there first stays");
    }

    [Test]
    public async Task Large_descriptions_leave_half_of_the_room_to_others()
    {
        // 512 KiB, of which one credential gets 256.
        _limits.Set(new StorageOptions { MaxBytes = 160 * 512 * 1024 });
        var gateway = await DeviceAsync(new DeviceId("zigbee", "d0"));
        var replies = new List<JsonElement>();
        for (var i = 0; i < 5; i++)
        {
            replies.Add(await AnnounceAsync(gateway, new DeviceId("zigbee", $"d{i}"), 1_000));
        }

        var stored = _sidecar.Registry.Snapshot().Sum(device => device.Description.Json.Length);
        stored.ShouldBeInRange(192 * 1024, 256 * 1024);
        var message = replies[^1].GetProperty("errors")[0].GetProperty("message").GetString().ShouldNotBeNull();
        message.ShouldStartWith("there is no room for its description of ");
        message.ShouldEndWith(" bytes: at most 256 KiB of descriptions of the credential zigbee.*");
        IsOk(await AnnounceAsync(gateway, new DeviceId("climate", "hall"), 1_000)).ShouldBeTrue("the others have their room");
        IsOk(await AnnounceAsync(gateway, new DeviceId("zigbee", "d0"), 999)).ShouldBeTrue("less is always taken");
    }

    [Test]
    public async Task Budgets_count_over_a_restart_a_removal_and_a_new_announcement()
    {
        _limits.Set(new RegistryOptions { MaxEntitiesPerCredential = 100, MaxDevicesPerCredential = 3 });
        var first = await DeviceAsync(new DeviceId("zigbee", "a"));
        DeviceId second = new("zigbee", "b"), third = new("zigbee", "c"), fourth = new("zigbee", "d");
        IsOk(await AnnounceAsync(first, first.Id, 60)).ShouldBeTrue();
        IsOk(await AnnounceAsync(first, second, 40)).ShouldBeTrue();

        IsOk(await AnnounceAsync(first, first.Id, 61)).ShouldBeFalse("a known one may not grow beyond it");
        EntitiesOf(first.Id).ShouldBe(60, "it stays as it was");
        IsOk(await AnnounceAsync(first, first.Id, 60)).ShouldBeTrue("the same again is free");
        _sidecar.Repairs.Snapshot().ShouldBeEmpty("who was refused has what it wants now");
        IsOk(await AnnounceAsync(first, first.Id, 50)).ShouldBeTrue("less is always taken");
        IsOk(await AnnounceAsync(first, third, 11)).ShouldBeFalse();
        IsOk(await AnnounceAsync(first, third, 10)).ShouldBeTrue();

        await _sidecar.KillAsync();
        _sidecar = await StartAsync();
        IsOk(await AnnounceAsync(first, first.Id, 51)).ShouldBeFalse();
        var tooMany = await AnnounceAsync(first, fourth, 0);
        tooMany.GetProperty("errors")[0].GetProperty("message").GetString().ShouldBe(
            "there is no room for this device: at most 3 devices of the credential zigbee.* (--max-devices-per-credential)");
        _sidecar.Repairs.Snapshot().Single().Placeholders["limits"].ShouldBe(
            "100 entities of the credential zigbee.* (--max-entities-per-credential): zigbee.a; "
            + "3 devices of the credential zigbee.* (--max-devices-per-credential): zigbee.d");

        IsOk(await first.AnnounceRawAsync([], $"home.discovery.remove.{second}")).ShouldBeTrue();
        IsOk(await AnnounceAsync(first, fourth, 40)).ShouldBeTrue("a removed device leaves its room");
        IsOk(await AnnounceAsync(first, first.Id, 51)).ShouldBeFalse();
    }

    [Test]
    public async Task Announcements_side_by_side_do_not_exceed_a_limit_together()
    {
        _limits.Set(new RegistryOptions { MaxEntitiesPerCredential = 500 });
        var second = await StartAsync();
        var devices = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => DeviceAsync(new DeviceId("zigbee", "x"))));

        var replies = await Task.WhenAll(devices.SelectMany((device, i) =>
            Enumerable.Range(0, 10).Select(j => AnnounceAsync(device, new DeviceId("zigbee", $"d{i}_{j}"), 50))));

        // Each sidecar counts what it stores itself at once, and what the other stores as soon as it reads it.
        replies.Count(IsOk).ShouldBeInRange(10, 20);
        foreach (var sidecar in new[] { _sidecar, second })
        {
            await Eventually.TrueAsync(
                () => sidecar.Registry.Count >= replies.Count(IsOk)
                    && sidecar.Get<EntityBudgets>().Entities == sidecar.Registry.Count * 50,
                "it counts what is there");
        }

        IsOk(await AnnounceAsync(devices[0], new DeviceId("zigbee", "last"), 1)).ShouldBeFalse();
    }

    [Test]
    public async Task One_sidecar_never_exceeds_a_limit()
    {
        _limits.Set(new RegistryOptions { MaxEntities = 500 });
        var devices = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => DeviceAsync(new DeviceId("zigbee", "x"))));

        var replies = await Task.WhenAll(devices.SelectMany((device, i) =>
            Enumerable.Range(0, 10).Select(j => AnnounceAsync(device, new DeviceId($"t{j}", $"d{i}"), 50))));

        replies.Count(IsOk).ShouldBe(10);
        replies.First(reply => !IsOk(reply)).GetProperty("errors")[0].GetProperty("message").GetString().ShouldBe(
            "there is no room for its 50 entities: at most 500 entities of the home (--max-entities)");
    }

    [Test]
    public async Task A_raised_limit_counts_at_once_and_the_devices_are_asked_again()
    {
        _limits.Set(new RegistryOptions { MaxEntities = 10 });
        var device = await DeviceAsync(new DeviceId("climate", "hall"));
        IsOk(await AnnounceAsync(device, device.Id, 11)).ShouldBeFalse();
        _sidecar.Repairs.Snapshot().Single().Id.ShouldBe(Repair);
        await using var asked = await device.Connection.SubscribeCoreAsync<string>("home.discovery.request");
        await device.Connection.PingAsync();

        _limits.Set(new RegistryOptions { MaxEntities = 11 });

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await asked.Msgs.ReadAsync(limit.Token);
        _sidecar.Repairs.Snapshot().ShouldBeEmpty();
        IsOk(await AnnounceAsync(device, device.Id, 11)).ShouldBeTrue();
    }

    [Test]
    public async Task A_credential_that_is_made_later_counts_what_its_devices_have()
    {
        _limits.Set(new RegistryOptions { MaxEntitiesPerCredential = 100 });
        var device = await DeviceAsync(new DeviceId("zwave", "a"));
        IsOk(await AnnounceAsync(device, device.Id, 90)).ShouldBeTrue();
        IsOk(await AnnounceAsync(device, new DeviceId("zwave", "b"), 90)).ShouldBeTrue("without a credential the home's limit holds");

        _fleet.Type = "zwave";
        _sidecar.Get<EntityBudgets>().Reconsider().ShouldBeFalse();

        IsOk(await AnnounceAsync(device, new DeviceId("zwave", "c"), 1)).ShouldBeFalse();
        IsOk(await AnnounceAsync(device, device.Id, 90)).ShouldBeTrue();
        EntitiesOf(new DeviceId("zwave", "b")).ShouldBe(90);
    }

    private static bool IsOk(JsonElement reply) => reply.GetProperty("ok").GetBoolean();

    private static Task<JsonElement> AnnounceAsync(TestDevice by, DeviceId id, int entities) =>
        by.AnnounceRawAsync(
            TestDevice.Describe(id, new
            {
                entities = Enumerable.Range(0, entities).Select(i => new { key = $"k{i}", platform = "switch", name = $"Relay {i}" }),
            }),
            $"home.discovery.announce.{id}");

    private int EntitiesOf(DeviceId id) =>
        _sidecar.Registry.TryGet(id, out var device) ? device.Description.Entities.Length : -1;

    private async Task<TestSidecar> StartAsync()
    {
        var sidecar = await TestSidecar.StartAsync(
            _server.Url, add: services => services.AddSingleton<ISettings>(_limits).AddSingleton<IFleet>(_fleet));
        _owned.Add(sidecar);
        await RegistryTest.AnswersAsync(sidecar);
        return sidecar;
    }

    private async Task<TestDevice> DeviceAsync(DeviceId id)
    {
        var device = await TestDevice.ConnectAsync(_server.Url, id);
        _owned.Add(device);
        return device;
    }

    private sealed class Limits : ISettings
    {
        public event Action? Changed;

        public BridgeOptions Current { get; private set; } = new();

        public void Set<TOptions>(TOptions options)
            where TOptions : class, new()
        {
            Current = new BridgeOptions().With(options);
            Changed?.Invoke();
        }
    }

    /// <summary>One gateway has a credential; it is checked elsewhere that nobody else announces its devices.</summary>
    private sealed class OneGateway : ReadOnlyFleet
    {
        public string Type { get; set; } = "zigbee";

        public override IReadOnlyList<Credential> List() => [];

        public override Credential? Of(DeviceId device) =>
            device.Type == Type ? new Credential($"{Type}.*", "U", null, Type, [], default) : null;
    }
}
