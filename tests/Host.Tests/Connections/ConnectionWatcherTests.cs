using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Connections.Internal;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Tests.Registry;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Connections;

/// <summary>What must not keep the end of a connection from being noticed.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class ConnectionWatcherTests(NatsServerVersion version)
{
    private static readonly DeviceId Hall = new("climate", "hall");
    private NatsServerProcess _server = null!;

    [SetUp]
    public async Task SetUp() => _server = await HomeServer.StartAsync(version);

    [TearDown]
    public async Task TearDown() => await _server.DisposeAsync();

    [Test]
    public async Task Credentials_that_cannot_be_read_are_a_trouble_that_ends_with_its_cause()
    {
        var fleet = new UnreadableFleet();
        await using var sidecar = await TestSidecar.StartAsync(
            _server.Url, add: services => services.AddSingleton<IFleet>(fleet));
        await RegistryTest.AnswersAsync(sidecar);
        await using var device = await TestDevice.ConnectAsync(_server.Url, Hall);
        await device.ListenAsync();
        await device.AnnounceAsync();
        await Eventually.TrueAsync(() => sidecar.Get<DeviceConnections>().Trouble is not null, "the trouble is known");
        HealthOf(sidecar).ShouldBe(HealthState.Degraded);

        fleet.IsReadable = true;

        await Eventually.TrueAsync(() => sidecar.Get<DeviceConnections>().Known == 1, "it went on");
        await device.DisposeAsync();
        await Eventually.TrueAsync(() => !sidecar.IsOnline(Hall), "the end is noticed");
        HealthOf(sidecar).ShouldBe(HealthState.Ok);
    }

    [Test]
    public async Task An_announcement_that_came_while_the_server_could_not_be_asked_is_looked_up_later()
    {
        var impatient = TestTimings.Quick.Connections with { ServerAnswer = TimeSpan.FromMilliseconds(200) };
        await using var line = new TcpProxy(_server.Port);
        await using var sidecar = await TestSidecar.StartAsync(
            _server.Url, timings: TestTimings.Quick with { Connections = impatient }, systemUrl: line.Url);
        await RegistryTest.AnswersAsync(sidecar);
        var watcher = sidecar.Get<DeviceConnections>();
        line.Silent = true;
        await using var device = await TestDevice.ConnectAsync(_server.Url, Hall);
        await device.ListenAsync();
        await device.AnnounceAsync();
        await Eventually.TrueAsync(() => watcher.Trouble is not null, "no answer");
        watcher.Known.ShouldBe(0);

        line.Silent = false;

        await Eventually.TrueAsync(() => watcher.Known == 1, "found");
        await device.DisposeAsync();
        await Eventually.TrueAsync(() => !sidecar.IsOnline(Hall), "the end is noticed");
    }

    private static HealthState HealthOf(TestSidecar sidecar) =>
        sidecar.Get<IEnumerable<IHealthContributor>>().Single(one => one.Name == "connections").Report().State;

    private sealed class UnreadableFleet : ReadOnlyFleet
    {
        public bool IsReadable { get; set; }

        public override IReadOnlyList<Credential> List() =>
            IsReadable ? [] : throw new UnauthorizedAccessException("fleet.json is root's");

        public override Credential? Of(DeviceId device) => null;
    }
}
