using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Connections;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Fleet;

/// <summary>A client without credentials, on loopback: it may be a device, but none that has a credential, and nothing else.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class AnonymousTests(string program)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly DeviceId Hall = new("climate", "hall");
    private TestHome _home = null!;
    private IFleet _fleet = null!;
    private NatsConnection _client = null!;

    [OneTimeSetUp]
    public async Task SetUpHome()
    {
        _home = await TestHome.StartAsync(
            services => services.AddStorage().AddFleet().AddLeadership().AddAvailability().AddDeviceConnections().AddRegistry(),
            program);
        _fleet = _home.Get<IFleet>();
        await _fleet.AddDeviceAsync(Hall, [], false, CancellationToken.None);
        await _fleet.AddGatewayAsync("zigbee", false, CancellationToken.None);
        await _home.Get<IDeviceRegistry>().Ready.WaitAsync(Patience);
    }

    [OneTimeTearDown]
    public async Task TearDownHome() => await _home.DisposeAsync();

    [SetUp]
    public async Task SetUp()
    {
        _client = _home.Client();
        await _client.ConnectAsync();
    }

    [TearDown]
    public async Task TearDown() => await _client.DisposeAsync();

    [TestCase("home.discovery.announce")]
    [TestCase("home.discovery.remove")]
    [TestCase("home.devices.lamp.desk.state")]
    [TestCase("home.devices.lamp.desk.state.light")]
    [TestCase("home.devices.lamp.desk.event.ring")]
    [TestCase("home.devices.lamp.desk.past.power")]
    [TestCase("home.devices.lamp.desk.image.door")]
    [TestCase("home.devices.lamp.desk.health")]
    public async Task It_publishes_what_a_device_publishes(string subject)
    {
        await using var sub = await _home.Link.Home.SubscribeCoreAsync<string>(subject);
        await _home.Link.Home.PingAsync();
        await _client.PublishAsync(subject, "mine");

        using var limit = new CancellationTokenSource(Patience);
        (await sub.Msgs.ReadAsync(limit.Token)).Data.ShouldBe("mine");
    }

    [TestCase("home.devices.climate.hall.state")]
    [TestCase("home.devices.climate.hall.state.heating")]
    [TestCase("home.devices.climate.hall.health")]
    [TestCase("home.devices.climate.hall.event.ring")]
    [TestCase("home.devices.climate.hall.past.power")]
    [TestCase("home.devices.climate.hall.image.door")]
    [TestCase("home.devices.zigbee.any.state")]
    [TestCase("home.discovery.announce.climate.hall")]
    [TestCase("home.discovery.remove.climate.hall")]
    [TestCase("home.discovery.announce.lamp.desk")]
    [TestCase("home.discovery.request")]
    [TestCase("home.discovery.devices")]
    [TestCase("home.discovery.rejected")]
    [TestCase("home.discovery.available.lamp.desk")]
    [TestCase("home.discovery.announced")]
    [TestCase("home.devices.lamp.desk.set")]
    [TestCase("home.devices.lamp.desk.config")]
    [TestCase("home.audit.commands.lamp.desk")]
    [TestCase("home.events.state_changed.light.x")]
    [TestCase("home.dlq.x")]
    [TestCase("home.leadership.availability.x")]
    [TestCase("home.ha.services.lock.unlock")]
    [TestCase("home.ha.states")]
    [TestCase("home.ha.states.lock.front")]
    [TestCase("_INBOX.somebody.1")]
    [TestCase("_INBOX.~bridge.x.1")]
    [TestCase("_INBOX.climate.hall.1")]
    [TestCase("$KV.home_devices.lamp.desk")]
    [TestCase("$JS.API.STREAM.NAMES")]
    [TestCase("$JS.API.STREAM.PURGE.KV_home_devices")]
    [TestCase("$SYS.REQ.SERVER.PING")]
    public async Task It_publishes_nothing_else(string subject) =>
        (await RefusedAsync(() => _client.PublishAsync(subject, "not mine")))
            .ShouldContain("Permissions Violation for Publish", Case.Insensitive);

    [TestCase(">", null)]
    [TestCase("*.>", null)]
    [TestCase("home.>", null)]
    [TestCase("home.devices.>", null)]
    [TestCase("home.devices.lamp.desk.*", null)]
    [TestCase("home.devices.lamp.desk.state", null)]
    [TestCase("home.devices.climate.hall.set", null)]
    [TestCase("home.devices.climate.hall.set", "group")]
    [TestCase("home.devices.climate.*.set.>", null)]
    [TestCase("home.devices.zigbee.any.set", null)]
    [TestCase("home.devices.zigbee.*.set", "group")]
    [TestCase("home.discovery.announce", null)]
    [TestCase("home.discovery.>", null)]
    [TestCase("home.events.>", null)]
    [TestCase("home.ha.>", null)]
    [TestCase("home.ha.services.*.*", "home_assistant")]
    [TestCase("_INBOX.~bridge.>", null)]
    [TestCase("_INBOX.~bridge.x.1", null)]
    [TestCase("_INBOX.~bridge.*.*", "group")]
    [TestCase("_INBOX.climate.hall.>", null)]
    [TestCase("_INBOX.climate.hall.x.1", "group")]
    [TestCase("_INBOX.zigbee.>", null)]
    [TestCase("$KV.>", null)]
    [TestCase("$JS.>", null)]
    public async Task It_hears_nothing_that_is_not_for_it(string subject, string? group) =>
        (await RefusedAsync(async () => await _client.SubscribeCoreAsync<string>(subject, group)))
            .ShouldContain("Permissions Violation for Subscription", Case.Insensitive);

    [TestCase(null)]
    [TestCase("group")]
    public async Task It_answers_the_commands_of_its_device_and_has_its_announcement_answered(string? group)
    {
        using var limit = new CancellationTokenSource(Patience);
        await using var set = await _client.SubscribeCoreAsync<string>("home.devices.lamp.desk.set", group);
        await _client.PingAsync();
        var command = _home.Link.Home.RequestAsync<string, string>(
            "home.devices.lamp.desk.set", "do", cancellationToken: limit.Token).AsTask();
        var message = await set.Msgs.ReadAsync(limit.Token);
        await message.ReplyAsync("done", cancellationToken: limit.Token);
        (await command).Data.ShouldBe("done");

        // One answer, and then it is no longer allowed to publish there.
        (await RefusedAsync(() => message.ReplyAsync("again", cancellationToken: limit.Token)))
            .ShouldContain("Permissions Violation for Publish", Case.Insensitive);
        (await AskAsync("home.discovery.announce", Announcement("lamp", "desk"))).ShouldContain("\"ok\":true");
    }

    [Test]
    public async Task It_neither_announces_nor_removes_a_device_that_has_a_credential()
    {
        var (user, password) = _home.Get<IEmbeddedServer>().Access.Home;
        await using var bridge = _home.Client(new NatsOpts { AuthOpts = new NatsAuthOpts { Username = user, Password = password } });
        var known = await bridge.RequestAsync<string, string>(
            "home.discovery.announce.climate.hall", Announcement("climate", "hall"));
        known.Data.ShouldNotBeNull().ShouldContain("\"ok\":true");

        (await AskAsync("home.discovery.announce", Announcement("climate", "hall"))).ShouldContain("UNAUTHORIZED");
        (await AskAsync("home.discovery.announce", Announcement("zigbee", "any"))).ShouldContain("UNAUTHORIZED");
        (await AskAsync("home.discovery.remove", """{"type": "climate", "id": "hall"}""")).ShouldContain("UNAUTHORIZED");
        _home.Get<IDeviceRegistry>().TryGet(Hall, out _).ShouldBeTrue();
    }

    /// <summary>Also with subscriptions that are older than the credential, wildcards among them.</summary>
    [Test]
    public async Task What_belongs_to_a_credential_reaches_nobody_without_it_from_the_moment_it_is_made()
    {
        using var limit = new CancellationTokenSource(Patience);
        await using var old = await _client.SubscribeCoreAsync<string>("home.devices.*.*.set");
        await using var oldGroup = await _client.SubscribeCoreAsync<string>("home.devices.*.*.set", "group");
        await using var named = await _client.SubscribeCoreAsync<string>("home.devices.lock.door.set");
        await using var inbox = await _client.SubscribeCoreAsync<string>("_INBOX.>");
        await _client.PingAsync();
        await _home.Link.Home.PublishAsync("home.devices.lock.door.set", "1", cancellationToken: limit.Token);
        (await old.Msgs.ReadAsync(limit.Token)).Data.ShouldBe("1");
        (await oldGroup.Msgs.ReadAsync(limit.Token)).Data.ShouldBe("1");
        (await named.Msgs.ReadAsync(limit.Token)).Data.ShouldBe("1");

        var made = await _fleet.AddDeviceAsync(new DeviceId("lock", "door"), [], false, CancellationToken.None);
        made.IsLive.ShouldBeTrue();
        await using var young = await _client.SubscribeCoreAsync<string>("home.devices.*.*.set");
        await _client.PingAsync();
        foreach (var subject in new[]
        {
            "home.devices.lock.door.set", "_INBOX.lock.door.x.1", $"{ReplySubject.SidecarInbox}.x.1", "home.devices.lamp.desk.set",
            "_INBOX.nobody.1",
        })
        {
            await _home.Link.Home.PublishAsync(subject, subject, cancellationToken: limit.Token);
        }

        foreach (var sub in new[] { old, oldGroup, young })
        {
            (await sub.Msgs.ReadAsync(limit.Token)).Data.ShouldBe("home.devices.lamp.desk.set");
        }

        (await inbox.Msgs.ReadAsync(limit.Token)).Data.ShouldBe("_INBOX.nobody.1");
        named.Msgs.TryRead(out _).ShouldBeFalse();
    }

    [Test]
    public async Task Closed_to_them_the_server_takes_nobody_without_a_credential_and_the_sidecar_stays()
    {
        await using var closed = await TestHome.StartAsync(
            services => services.AddFleet(), program,
            options: o => o with { Nats = o.Nats with { NoAnonymous = true } });
        closed.Link.IsUp.ShouldBeTrue();
        closed.Get<IEmbeddedServer>().Access.IsOpen.ShouldBeFalse();
        await using var client = closed.Client();
        await Should.ThrowAsync<NatsException>(async () => await client.ConnectAsync());

        var made = await closed.Get<IFleet>().AddDeviceAsync(Hall, [], false, CancellationToken.None);
        made.IsLive.ShouldBeTrue(made.Trouble);
        made.Server.IsLocal.ShouldBeTrue();
    }

    private static string Announcement(string type, string id) =>
        $$"""{"schema": 1, "type": "{{type}}", "id": "{{id}}", "name": "X", "entities": [{"key": "a", "platform": "sensor"}]}""";

    private async Task<string> AskAsync(string subject, string payload)
    {
        using var limit = new CancellationTokenSource(Patience);
        return (await _client.RequestAsync<string, string>(subject, payload, cancellationToken: limit.Token)).Data ?? "";
    }

    private async Task<string> RefusedAsync(Func<ValueTask> attempt)
    {
        var refused = new TaskCompletionSource<string>();
        _client.ServerError += (_, arguments) =>
        {
            refused.TrySetResult(arguments.Error);
            return ValueTask.CompletedTask;
        };
        await attempt();
        return await refused.Task.WaitAsync(Patience);
    }
}
