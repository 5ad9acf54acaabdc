using HaNatsBridge.Devices.Tests.Support;
using HaNatsBridge.Tests.Support;

namespace HaNatsBridge.Devices.Tests;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
internal sealed class PublishingTests(NatsServerVersion version) : DeviceFixture(version)
{
    private readonly Device _lamp = new(Lamp());

    [Test]
    public async Task States_events_pictures_and_past_values_go_to_their_subjects()
    {
        await StartHomeAsync();
        Run(_lamp);
        await Eventually.TrueAsync(() => _lamp.LastReply is not null, "it is announced");

        await _lamp.PublishStatesAsync(new { light = new { state = "on", brightness = 3 }, power = 4.5 });
        await _lamp.PublishStateAsync("power", double.NaN);
        await _lamp.PublishEventAsync("button", "press", new { times = 2 });
        (await _lamp.PublishImageAsync("light", "png"u8.ToArray(), "image/png")).ShouldBeTrue();
        var past = new PastValue(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)), 7);
        (await _lamp.PublishPastAsync("power", [past])).ShouldBeTrue();

        await Home.SeenAsync("home.devices.lamp.desk.state", """{"light":{"state":"on","brightness":3},"power":4.5}""");
        await Home.SeenAsync("home.devices.lamp.desk.state.power", "null");
        await Home.SeenAsync("home.devices.lamp.desk.event.button", """{"event_type":"press","times":2}""");
        await Home.SeenAsync("home.devices.lamp.desk.image.light", "png");
        await Home.SeenAsync("home.devices.lamp.desk.past.power", "7");
        HeaderOf("image", "Content-Type").ShouldBe("image/png");
        HeaderOf("past", "Bridge-Measured-At").ShouldBe("2026-01-02T02:04:05.000Z");

        string HeaderOf(string aspect, string header) =>
            Home.Messages.Single(message => message.Subject.Contains($".{aspect}.", StringComparison.Ordinal)).Headers[header];
    }

    [Test]
    public async Task Health_comes_with_the_announcement_and_within_each_lease()
    {
        await StartHomeAsync();
        var device = new Device(new DeviceDescription("node", "one", new { lease_seconds = 3 }))
        {
            Health = () => new { status = "online", rssi = -60 },
        };
        Run(device);

        await Home.SeenAsync("home.devices.node.one.health", """{"status":"online","rssi":-60}""", times: 3);
    }

    [Test]
    public async Task A_health_report_that_fails_stops_nothing()
    {
        await StartHomeAsync();
        var calls = 0;
        var device = new Device(new DeviceDescription("node", "one"))
        {
            HealthInterval = TimeSpan.FromSeconds(1),
            Health = () => ++calls == 2 ? throw new InvalidOperationException("no sensor") : null,
        };
        Run(device);

        await Home.SeenAsync("home.devices.node.one.health", """{"status":"online"}""", times: 2);
        calls.ShouldBeGreaterThan(2);
    }

    [Test]
    public async Task Nothing_is_lost_while_the_server_is_restarted()
    {
        await StartHomeAsync();
        _lamp.OnCommand("light", (command, token) => _lamp.PublishStateAsync("light", command.Action, token).AsTask());
        await _lamp.PublishStateAsync("light", "off");
        await using var proxy = new TcpProxy(Server.Port);
        Run(new DeviceConnectionOptions { Url = proxy.Url }, _lamp);
        await Home.SeenAsync("home.devices.lamp.desk.state.light", "\"off\"");

        // The home is back before the device, as a stream would be: what is published before has no other reader here.
        proxy.Refuse = true;
        await Server.KillAsync();
        await Eventually.TrueAsync(() => !Connection.IsConnected, "the connection is lost");
        await _lamp.PublishStateAsync("light", "on");
        await _lamp.PublishStateAsync("power", 3);
        await _lamp.PublishEventAsync("button", "press");
        (await _lamp.PublishImageAsync("light", "png"u8.ToArray(), "image/png")).ShouldBeFalse();
        (await _lamp.PublishPastAsync("power", [new(DateTimeOffset.UtcNow, 7)])).ShouldBeFalse();
        Home.Forget();
        await Server.StartAsync();
        await Home.ReadyAsync();
        proxy.Refuse = false;

        await Home.SeenAsync("home.devices.lamp.desk.event.button", """{"event_type":"press"}""");
        await Home.SeenAsync("home.devices.lamp.desk.state.light", "\"on\"");
        await Home.SeenAsync("home.devices.lamp.desk.state.power", "3");
        await Home.SeenAsync("home.discovery.announce");
        (await Home.CommandAsync("lamp.desk", "light", "toggle")).GetProperty("ok").GetBoolean().ShouldBeTrue();
        await Home.SeenAsync("home.devices.lamp.desk.state.light", "\"toggle\"");
    }

    [Test]
    public async Task A_cut_connection_is_opened_again()
    {
        await StartHomeAsync();
        await using var proxy = new TcpProxy(Server.Port);
        Run(new DeviceConnectionOptions { Url = proxy.Url }, _lamp);
        await Home.SeenAsync("home.discovery.announce");

        proxy.Cut();

        await Home.SeenAsync("home.discovery.announce", times: 2);
    }

    [Test]
    public async Task Commands_are_heard_also_after_a_garbage_collection()
    {
        // The client holds a subscription by a weak reference.
        await StartHomeAsync();
        _lamp.OnCommand((_, _) => Task.CompletedTask);
        Run(_lamp);
        await Home.SeenAsync("home.discovery.announce");

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        await Home.RequestAnnouncementsAsync();

        await Home.SeenAsync("home.discovery.announce", times: 2);
        (await Home.CommandAsync("lamp.desk", "light", "toggle")).GetProperty("ok").GetBoolean().ShouldBeTrue();
    }

    [Test]
    public async Task The_server_may_be_started_after_its_devices()
    {
        await Server.StopAsync();
        Run(_lamp);
        await Server.StartAsync();
        await StartHomeAsync();

        await Home.SeenAsync("home.discovery.announce");
    }

    [Test]
    public async Task What_a_device_does_not_have_cannot_be_published()
    {
        await Should.ThrowAsync<ArgumentException>(() => _lamp.PublishStateAsync("nothing", 1).AsTask());
        await Should.ThrowAsync<ArgumentException>(() => _lamp.PublishStatesAsync(new { nothing = 1 }).AsTask());
        await Should.ThrowAsync<ArgumentException>(() => _lamp.PublishStatesAsync("on").AsTask());
        await Should.ThrowAsync<ArgumentException>(() => _lamp.PublishEventAsync("nothing", "press").AsTask());
        await Should.ThrowAsync<ArgumentException>(() => _lamp.PublishStateAsync("power", new string('x', 70_000)).AsTask());
    }
}
