using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Discovery.Internal;
using HaNatsBridge.Host.Tests.Discovery.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Discovery;

/// <summary>Three servers: a device may be on another one than the sidecar.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class ClusterTests(NatsServerVersion version)
{
    private static readonly DeviceId Hall = new("climate", "hall");
    private static readonly DeviceId Attic = new("climate", "attic");
    private NatsClusterProcess _cluster = null!;
    private TestSidecar _sidecar = null!;

    [SetUp]
    public async Task StartCluster()
    {
        _cluster = await NatsClusterProcess.StartAsync(version, jetStream: true, DiscoveryServer.Config);
        await Eventually.TrueAsync(HasLeaderAsync, "JetStream has a leader");
        _sidecar = await TestSidecar.StartAsync(_cluster.Servers[0].Url, replicas: 3);
        await DiscoveryTest.AnswersAsync(_sidecar);
    }

    [TearDown]
    public async Task StopCluster()
    {
        await _sidecar.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Test]
    public async Task A_closed_connection_on_any_server_means_offline()
    {
        for (var i = 0; i < _cluster.Servers.Count; i++)
        {
            var id = new DeviceId("lamp", $"n{i}");
            var device = await TestDevice.ConnectAsync(_cluster.Servers[i].Url, id);
            (await device.AnnounceAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();
            await Eventually.TrueAsync(() => _sidecar.IsOnline(id) && _sidecar.Get<ConnectionWatcher>().Known == 1, $"{id} is online on a known connection");

            await device.DisposeAsync();

            await Eventually.TrueAsync(() => !_sidecar.IsOnline(id), $"{id} is offline");
            _sidecar.Registry.TryGet(id, out var known).ShouldBeTrue();
            known!.Availability.Why.ShouldBe(Reasons.Disconnected);
        }
    }

    [Test]
    public async Task Whoever_was_on_a_killed_server_is_offline_unless_it_comes_back_elsewhere()
    {
        await using var gone = await TestDevice.ConnectAsync(_cluster.Servers[2].Url, Hall);
        await using var moving = await TestDevice.ConnectAsync($"{_cluster.Servers[2].Url},{_cluster.Servers[1].Url}", Attic);
        await moving.ListenAsync();
        await gone.AnnounceAsync();
        await moving.AnnounceAsync();
        await Eventually.TrueAsync(() => _sidecar.Get<ConnectionWatcher>().Known == 2, "connections are known");
        await _cluster.Servers[2].KillAsync();
        await Eventually.TrueAsync(async () => await moving.AnnounceUntilAcceptedAsync(), "announced on another server");

        await Eventually.TrueAsync(() => !_sidecar.IsOnline(Hall), "not back");
        await Eventually.TrueAsync(() => _sidecar.IsOnline(Attic), "JetStream took its time to find a new leader, then it is");
    }

    private async Task<bool> HasLeaderAsync()
    {
        await using var nats = new NatsConnection(NatsOpts.Default with { Url = _cluster.Servers[0].Url, AuthOpts = new NatsAuthOpts { Username = "bridge", Password = "bridge" } });
        try
        {
            await new NatsJSContext(nats).GetAccountInfoAsync();
            return true;
        }
        catch (NatsException)
        {
            return false;
        }
    }
}
