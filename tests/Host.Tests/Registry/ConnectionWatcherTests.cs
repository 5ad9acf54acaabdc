using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

/// <summary>What must not keep the end of a connection from being noticed.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class ConnectionWatcherTests(NatsServerVersion version)
{
    private static readonly DeviceId Hall = new("climate", "hall");
    private NatsServerProcess _server = null!;

    [SetUp]
    public async Task SetUp() => _server = await DiscoveryServer.StartAsync(version);

    [TearDown]
    public async Task TearDown() => await _server.DisposeAsync();

    [Test]
    public async Task Credentials_that_cannot_be_read_are_a_trouble_that_ends_with_its_cause()
    {
        var fleet = new UnreadableFleet();
        await using var sidecar = await TestSidecar.StartAsync(_server.Url, add: services => services.AddSingleton<IFleet>(fleet));
        await RegistryTest.AnswersAsync(sidecar);
        await using var device = await TestDevice.ConnectAsync(_server.Url, Hall);
        await device.AnnounceAsync();
        await Eventually.TrueAsync(() => sidecar.Get<ConnectionWatcher>().Trouble is not null, "the trouble is known");
        sidecar.Get<IHealthContributor>().Report().State.ShouldBe(HealthState.Degraded);

        fleet.IsReadable = true;

        await Eventually.TrueAsync(() => sidecar.Get<ConnectionWatcher>().Known == 1, "it went on");
        await device.DisposeAsync();
        await Eventually.TrueAsync(() => !sidecar.IsOnline(Hall), "the end is noticed");
        sidecar.Get<IHealthContributor>().Report().State.ShouldBe(HealthState.Ok);
    }

    /// <summary>It takes no commands and has no credential: only the reply subject of its announcement shows where it is, once.</summary>
    [Test]
    public async Task An_announcement_that_came_while_the_server_could_not_be_asked_is_looked_up_later()
    {
        await using var line = new TcpProxy(_server.Port);
        await using var sidecar = await TestSidecar.StartAsync(
            _server.Url, timings: TestSidecar.Quick with { ServerAnswer = TimeSpan.FromMilliseconds(200) }, systemUrl: line.Url);
        await RegistryTest.AnswersAsync(sidecar);
        var watcher = sidecar.Get<ConnectionWatcher>();
        line.Silent = true;
        await using var device = await TestDevice.ConnectAsync(_server.Url, Hall);
        await device.AnnounceAsync();
        await Eventually.TrueAsync(() => watcher.Trouble is not null, "no answer");
        watcher.Known.ShouldBe(0);

        line.Silent = false;

        await Eventually.TrueAsync(() => watcher.Known == 1, "found");
        await device.DisposeAsync();
        await Eventually.TrueAsync(() => !sidecar.IsOnline(Hall), "the end is noticed");
    }

    [Test]
    public async Task However_many_announce_at_once_each_is_looked_up()
    {
        await using var sidecar = await TestSidecar.StartAsync(_server.Url, withSystem: false);
        var announced = sidecar.Get<AnnouncedDevices>();
        announced.LooksUp = true;
        const int many = 6_000;
        for (var i = 0; i < many; i++)
        {
            announced.Heard(new DeviceId("sensor", $"n{i}"), $"_INBOX.old.{i}");
            announced.Heard(new DeviceId("sensor", $"n{i}"), $"_INBOX.new.{i}");
        }

        using var limit = new CancellationTokenSource(Eventually.Deadline);
        var found = new List<ConnectionLookup>();
        await foreach (var lookup in announced.LookupsAsync(limit.Token))
        {
            found.Add(lookup);
            if (found.Count == many)
            {
                break;
            }
        }

        found.Select(lookup => lookup.Id).Distinct().Count().ShouldBe(many);
        found.ShouldAllBe(lookup => lookup.Reply!.StartsWith("_INBOX.new."));
        announced.Again(found[0]);
        announced.IsWaiting(found[0].Id).ShouldBeTrue();
        announced.Forget(found[0].Id);
        announced.IsWaiting(found[0].Id).ShouldBeFalse();
    }

    /// <summary>Between the question to the server and its answer the grace of the connection that it replaces may end.</summary>
    [Test]
    public async Task An_announcement_is_waited_for_until_its_connection_has_been_looked_up()
    {
        await using var sidecar = await TestSidecar.StartAsync(_server.Url, withSystem: false);
        var announced = sidecar.Get<AnnouncedDevices>();
        announced.LooksUp = true;
        announced.Heard(Hall, "_INBOX.hall.1");
        var last = new DeviceId("climate", "last");
        announced.Heard(last, "_INBOX.last.1");

        using var limit = new CancellationTokenSource(Eventually.Deadline);
        await foreach (var lookup in announced.LookupsAsync(limit.Token))
        {
            announced.IsWaiting(lookup.Id).ShouldBeTrue("it is just being looked up");
            if (lookup.Id == last)
            {
                announced.IsWaiting(Hall).ShouldBeFalse("that is over");
                break;
            }
        }

        announced.IsWaiting(last).ShouldBeFalse();
    }

    private sealed class UnreadableFleet : IFleet
    {
        public bool IsReadable { get; set; }

        public IReadOnlyList<Credential> List() => IsReadable ? [] : throw new UnauthorizedAccessException("fleet.json is root's");

        public Task<NewCredential> AddDeviceAsync(DeviceId device, IReadOnlyList<DeviceId> subDevices, bool password, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<NewCredential> AddGatewayAsync(string type, bool password, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> RemoveAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
