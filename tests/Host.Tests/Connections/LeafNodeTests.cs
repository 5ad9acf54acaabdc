using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Connections.Internal;
using HaNatsBridge.Host.Tests.Registry;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Connections;

/// <summary>A device behind a leaf node: the server sees the leaf node's connection, and not the device's.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class LeafNodeTests(NatsServerVersion version)
{
    private static readonly DeviceId Hall = new("climate", "hall");
    private readonly ShiftedTime _clock = new();
    private NatsServerProcess _hub = null!;
    private NatsServerProcess _leaf = null!;
    private TestSidecar _sidecar = null!;

    [SetUp]
    public async Task Start()
    {
        var port = FreePort.Next();
        _hub = await NatsServerProcess.StartAsync(new NatsServerOptions
        {
            Version = version,
            JetStream = true,
            Config = HomeServer.Config + $$"""

                leafnodes { host: "127.0.0.1", port: {{port}}, authorization { user: leaf, password: leaf, account: HOME } }
                """,
        });
        _leaf = await NatsServerProcess.StartAsync(new NatsServerOptions
        {
            Version = version,
            Config = $$"""leafnodes { remotes: [ { url: "nats-leaf://leaf:leaf@127.0.0.1:{{port}}" } ], reconnect: 1 }""",
        });
        _sidecar = await TestSidecar.StartAsync(_hub.Url, time: _clock);
        await RegistryTest.AnswersAsync(_sidecar);
    }

    [TearDown]
    public async Task Stop()
    {
        await _sidecar.DisposeAsync();
        await _leaf.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Without_a_lease_it_is_warned_that_its_end_is_not_seen(bool takesCommands)
    {
        await using var device = await BehindLeafAsync(Hall, takesCommands);

        var without = await device.AnnounceAsync();
        var with = await device.AnnounceAsync(new { lease_seconds = 60 });

        CodesOf(without).ShouldBe(["NO_DISCONNECT_EVENTS"]);
        CodesOf(with).ShouldBeEmpty();
        await Eventually.TrueAsync(() => _sidecar.IsOnline(Hall), "online");
        _sidecar.Availability.ConnectionOf(Hall).ShouldBeNull("the leaf node's connection is no device's");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_device_beside_the_leaf_node_is_not_warned(bool takesCommands)
    {
        await using var behind = await BehindLeafAsync(new DeviceId("climate", "attic"), takesCommands: true);
        await using var device = await TestDevice.ConnectAsync(_hub.Url, Hall);
        if (takesCommands)
        {
            await device.ListenAsync();
        }

        CodesOf(await device.AnnounceAsync()).ShouldBeEmpty();

        await Eventually.TrueAsync(() => _sidecar.IsOnline(Hall), "online");
        (_sidecar.Availability.ConnectionOf(Hall) is not null).ShouldBe(takesCommands);
    }

    [Test]
    public async Task When_the_leaf_node_is_gone_the_lease_alone_tells_whether_the_device_is_online()
    {
        await using var device = await BehindLeafAsync(Hall, takesCommands: true);
        await device.AnnounceAsync(new { lease_seconds = 60 });
        await using var other = await TestDevice.ConnectAsync(_hub.Url, new DeviceId("climate", "attic"));
        await other.ListenAsync();
        await other.AnnounceAsync();
        await Eventually.TrueAsync(() => _sidecar.IsOnline(Hall) && _sidecar.IsOnline(other.Id), "both are online");

        await _leaf.StopAsync();
        await other.DisposeAsync();

        await Eventually.TrueAsync(() => !_sidecar.IsOnline(other.Id), "the other's end is seen");
        _sidecar.IsOnline(Hall).ShouldBeTrue();
        _clock.Ahead += TimeSpan.FromSeconds(61);
        await Eventually.TrueAsync(() => !_sidecar.IsOnline(Hall), "its lease ran out");
    }

    private async Task<TestDevice> BehindLeafAsync(DeviceId id, bool takesCommands)
    {
        var device = await TestDevice.ConnectAsync(_leaf.Url, id);
        if (takesCommands)
        {
            await device.ListenAsync();
        }

        // The leaf node passes subscriptions on a moment after it has connected.
        (await device.AnnounceUntilAcceptedAsync()).ShouldBeTrue();
        await Eventually.TrueAsync(
            async () => !takesCommands || (await HoldersOfSetAsync(id)).Any(c => !c.IsClient),
            "the hub knows the subscription");
        return device;
    }

    private Task<IReadOnlyList<ClientConnection>> HoldersOfSetAsync(DeviceId id) =>
        _sidecar.Get<ServerRequests>().ConnectionsAsync($"home.devices.{id}.set", null, CancellationToken.None);

    private static IReadOnlyList<string> CodesOf(JsonElement reply) =>
        reply.TryGetProperty("warnings", out var warnings)
            ? [.. warnings.EnumerateArray().Select(w => w.GetProperty("code").GetString()!)]
            : [];
}
