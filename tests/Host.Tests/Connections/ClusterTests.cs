using System.Net;
using System.Net.Sockets;
using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability.Internal;
using HaNatsBridge.Host.Connections.Internal;
using HaNatsBridge.Host.Tests.Registry;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Connections;

/// <summary>Three servers: a device may be on another one than the sidecar.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class ClusterTests(NatsServerVersion version)
{
    private static readonly DeviceId Hall = new("climate", "hall");
    private static readonly DeviceId Attic = new("climate", "attic");
    private readonly ShiftedTime _clock = new();
    private NatsClusterProcess _cluster = null!;
    private TestSidecar _sidecar = null!;

    /// <summary>One for all: its streams' leaders take seconds to be found.</summary>
    [OneTimeSetUp]
    public async Task StartCluster()
    {
        _cluster = await NatsClusterProcess.StartAsync(version, jetStream: true, HomeServer.Config);
        await Eventually.TrueAsync(HasLeaderAsync, "JetStream has a leader");
        _sidecar = await TestSidecar.StartAsync(_cluster.Servers[0].Url, time: _clock, replicas: 3);
        await RegistryTest.AnswersAsync(_sidecar);
    }

    [OneTimeTearDown]
    public async Task StopCluster()
    {
        if (_sidecar is not null)
        {
            await _sidecar.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task A_closed_connection_on_any_server_means_offline()
    {
        for (var i = 0; i < _cluster.Servers.Count; i++)
        {
            var id = new DeviceId("lamp", $"n{i}");
            await using var device = await TestDevice.ConnectAsync(_cluster.Servers[i].Url, id);
            await device.ListenAsync();
            (await device.AnnounceUntilAcceptedAsync()).ShouldBeTrue();
            await Eventually.TrueAsync(
                () => _sidecar.IsOnline(id) && _sidecar.Availability.ConnectionOf(id) is not null,
                $"{id} is online on a known connection");

            await device.DisposeAsync();

            await Eventually.TrueAsync(() => !_sidecar.IsOnline(id), $"{id} is offline");
            _sidecar.Registry.TryGet(id, out var known).ShouldBeTrue();
            known!.Availability.Why.ShouldBe(Reasons.Disconnected);
        }
    }

    [Test]
    public async Task Whoever_was_on_a_killed_server_is_offline_unless_it_comes_back_elsewhere()
    {
        using var gone = await AnnounceOnceAsync(_cluster.Servers[2].Port, Hall);
        await using var moving = await TestDevice.ConnectAsync($"{_cluster.Servers[2].Url},{_cluster.Servers[1].Url}", Attic);
        await moving.ListenAsync();
        await moving.AnnounceAsync();
        await Eventually.TrueAsync(
            () => _sidecar.Availability.ConnectionOf(Hall) is not null && _sidecar.Availability.ConnectionOf(Attic) is not null,
            "connections are known");
        await using var again = new Restart(_cluster.Servers[2]);
        await _cluster.Servers[2].KillAsync();
        await Eventually.TrueAsync(async () => await moving.AnnounceUntilAcceptedAsync(), "announced on another server");

        await Eventually.TrueAsync(() => _sidecar.Get<DeviceConnections>().Missing == 1, "one is back, the other missed");
        _sidecar.IsOnline(Hall).ShouldBeTrue("it has its time to come back");
        _clock.Ahead += TestTimings.Quick.Connections.ReturnGrace;
        await Eventually.TrueAsync(() => !_sidecar.IsOnline(Hall), "not back");
        await Eventually.TrueAsync(() => _sidecar.IsOnline(Attic), "JetStream took its time to find a new leader, then it is");
    }

    /// <summary>A device on a bare socket: it takes commands, announces itself, and does not come back by itself.</summary>
    private static async Task<TcpClient> AnnounceOnceAsync(int port, DeviceId id)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var announcement = TestDevice.Describe(id);
        var stream = socket.GetStream();
        var publish = $"PUB home.discovery.announce {announcement.Length}\r\n";
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"CONNECT {{}}\r\nSUB home.devices.{id}.set 1\r\n{publish}"));
        await stream.WriteAsync(announcement);
        await stream.WriteAsync("\r\n"u8.ToArray());
        return socket;
    }

    /// <summary>However the test ends: the next one finds the cluster whole.</summary>
    private sealed class Restart(NatsServerProcess server) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await server.RestartAsync();
    }

    private async Task<bool> HasLeaderAsync()
    {
        var bridge = new NatsAuthOpts { Username = "bridge", Password = "bridge" };
        await using var nats = new NatsConnection(NatsOpts.Default with { Url = _cluster.Servers[0].Url, AuthOpts = bridge });
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
