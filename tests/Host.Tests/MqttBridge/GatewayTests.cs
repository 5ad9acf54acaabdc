using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.MqttBridge;

/// <summary>The embedded server as a broker, and what each user may do there.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
internal sealed class GatewayTests(string program)
{
    private static readonly DeviceId Desk = new("lamp", "desk");
    private int _port;
    private MqttBridgeHome _home = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        _port = FreePort.Next();
        _home = await MqttBridgeHome.StartAsync(
            program, options: now => now with { Nats = now.Nats with { MqttListen = $"127.0.0.1:{_port}" } });
        await _home.ConnectedAsync();
    }

    [OneTimeTearDown]
    public async Task TearDown() => await _home.DisposeAsync();

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_device_at_the_gateway_joins_obeys_and_is_removed(bool hasCredential)
    {
        var fleet = _home.Home.Get<IFleet>();
        var login = hasCredential ? await fleet.AddMqttAsync(new DeviceId("plug", "plug"), ["plug/#"], CancellationToken.None) : null;

        // A busy server closes a connection whose login takes it too long; a device tries again.
        await using var device = await HaNatsBridge.Tests.Support.Eventually.AnswerAsync<MqttProgram, Exception>(
            () => new(MqttProgram.ConnectAsync(_port, login?.Credential.Login, login?.Secret)), "it is connected");
        (await device.SubscribeAsync("plug/set")).ShouldBeTrue();
        (await device.SubscribeAsync("homeassistant/status", 1)).ShouldBeTrue();
        await device.PublishAsync(MqttBridgeHome.PlugTopic, MqttBridgeHome.PlugConfig, isRetained: true);
        await _home.OnlineAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                await device.PublishAsync("plug/state", "ON");
                return _home.StateOf(MqttBridgeHome.Relay) == "\"on\"";
            },
            "its state is known",
            MqttBridgeHome.Patience);

        var executing = _home.ExecuteAsync("turn_off");
        await Eventually.TrueAsync(() => device.Received.Any(one => one is { Topic: "plug/set", Payload: "OFF" }), "it was commanded");
        await device.PublishAsync("plug/state", "OFF");
        (await executing).Ok.ShouldBeTrue();
        await device.PublishAsync(MqttBridgeHome.PlugTopic, "", isRetained: true);
        await _home.GoneAsync();
        if (login is not null)
        {
            (await fleet.RemoveAsync("plug.plug", CancellationToken.None)).ShouldBeTrue();
            await Eventually.TrueAsync(() => !device.IsConnected, "its connection is cut");
            await Should.ThrowAsync<Exception>(() => MqttProgram.ConnectAsync(_port, login.Credential.Login, login.Secret));
        }
    }

    [Test]
    public async Task A_device_with_topics_uses_these_and_its_discovery_only()
    {
        var fleet = _home.Home.Get<IFleet>();
        var login = await fleet.AddMqttAsync(Desk, ["desk/#", "rooms/+/light"], CancellationToken.None);
        login.IsLive.ShouldBeTrue(login.Trouble);
        await using var device = await MqttProgram.ConnectAsync(_port, login.Credential.Login, login.Secret);
        await using var other = await MqttProgram.ConnectAsync(_port);
        await using var all = await MqttProgram.ConnectAsync(
            _port, _home.Home.Get<IEmbeddedServer>().Access.Home.User, _home.Home.Get<IEmbeddedServer>().Access.Home.Password);
        (await all.SubscribeAsync("#", 1)).ShouldBeTrue();
        (await other.SubscribeAsync("#", 1)).ShouldBeTrue();
        foreach (var qos in new[] { 0, 1 })
        {
            (await device.SubscribeAsync("desk/#", qos)).ShouldBeTrue();
            (await device.SubscribeAsync("rooms/hall/light", qos)).ShouldBeTrue();
            (await device.SubscribeAsync("homeassistant/status", qos)).ShouldBeTrue();
            (await device.SubscribeAsync("#", qos)).ShouldBeFalse();
            (await device.SubscribeAsync("rooms/#", qos)).ShouldBeFalse();
            (await device.SubscribeAsync("$MQTT/#", qos)).ShouldBeFalse();
            (await device.SubscribeAsync("$MQTT/sub/#", qos)).ShouldBeFalse();
            (await device.SubscribeAsync("home/#", qos)).ShouldBeFalse();
            foreach (var topic in new[] { "desk", "desk/state", "rooms/hall/light", "homeassistant/light/desk/config", "rooms/hall/x",
                "home/devices/lamp/desk/state", "homeassistant/light/other/config", "$KV/home_devices/x", "any" })
            {
                await device.PublishAsync(topic, $"{topic} {qos}", qos: qos);
                await device.PublishAsync(topic + "/kept", $"{topic} {qos}", isRetained: true, qos: qos);
            }
        }

        await device.PublishAsync("desk/last", "last");
        await Eventually.TrueAsync(() => all.Received.Any(one => one.Topic == "desk/last"), "all came");
        all.Received.Select(one => one.Topic).Where(topic => !IsOfServer(topic) && !topic.EndsWith("/kept", StringComparison.Ordinal))
            .Distinct().ShouldBe(
            ["desk", "desk/state", "rooms/hall/light", "homeassistant/light/desk/config", "desk/last"], ignoreOrder: true);
        await other.PublishAsync("desk/forged", "forged");
        await other.PublishAsync("other/last", "last");
        await Eventually.TrueAsync(() => all.Received.Any(one => one.Topic == "other/last"), "all came");
        all.Received.ShouldNotContain(one => one.Payload == "forged");
        await Eventually.TrueAsync(() => other.Received.Any(one => one.Topic == "other/last"), "all came");

        // Neither as they are published nor as they are retained.
        await using var late = await MqttProgram.ConnectAsync(_port);
        (await late.SubscribeAsync("#", 1)).ShouldBeTrue();
        (await late.SubscribeAsync("#")).ShouldBeTrue();
        await late.PublishAsync("late/last", "last");
        await Eventually.TrueAsync(() => late.Received.Any(one => one.Topic == "late/last"), "all came");
        late.Received.Concat(other.Received).Where(
            one => one.Topic.Contains("desk", StringComparison.Ordinal) || one.Topic.Contains("rooms", StringComparison.Ordinal))
            // nats-server 2.9 sends retained messages to whoever subscribes #, whatever its rights say (docs/mqtt.md).
            .Where(one => program != NatsServers.Oldest || !one.IsRetained)
            .ShouldBeEmpty();
        await fleet.RemoveAsync(Desk.ToString(), CancellationToken.None);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Without_topics_everything_but_the_home_and_the_server_is_allowed(bool hasCredential)
    {
        var fleet = _home.Home.Get<IFleet>();
        var login = hasCredential ? await fleet.AddMqttAsync(new DeviceId("any", "one"), [], CancellationToken.None) : null;
        await using var device = await MqttProgram.ConnectAsync(_port, login?.Credential.Login, login?.Secret);
        var access = _home.Home.Get<IEmbeddedServer>().Access;
        await using var all = await MqttProgram.ConnectAsync(_port, access.Home.User, access.Home.Password);
        foreach (var filter in new[] { "#", "home/#", "$KV/#", "$JS/#", "any/#" })
        {
            await all.SubscribeAsync(filter);
        }

        foreach (var qos in new[] { 0, 1 })
        {
            foreach (var filter in new[] { "home/#", "home", "$JS/#", "$KV/#", "$SYS/#", "_INBOX/#", "$MQTT/sub/#", "$MQTT/msgs/home/#" })
            {
                (await device.SubscribeAsync(filter, qos)).ShouldBeFalse(filter);
            }

            (await device.SubscribeAsync("any/#", qos)).ShouldBeTrue();
            foreach (var topic in new[]
                { "home/devices/lamp/x/state", "home/discovery/announce", "$KV/home_devices/x", "$JS/API/STREAM/LIST", "$MQTT/rmsgs", "home" })
            {
                await device.PublishAsync(topic, "forged", qos: qos);
            }
        }

        await device.PublishAsync("any/last", "last");
        await Eventually.TrueAsync(() => all.Received.Any(one => one.Topic == "any/last"), "all came");
        await Eventually.TrueAsync(() => device.Received.Any(one => one.Topic == "any/last"), "all came");
        all.Received.ShouldNotContain(one => one.Payload == "forged");

        // The home's own messages are no topics for it, whatever it subscribes.
        (await device.SubscribeAsync("#")).ShouldBeTrue();
        await device.SubscribeAsync("$MQTT/#", 1);
        await _home.Home.Link.Home.PublishAsync("home.devices.lamp.secret.state", "secret");
        await all.PublishAsync("home/devices/lamp/secret/set", "secret");
        await all.PublishAsync("any/second", "second");
        await Eventually.TrueAsync(() => device.Received.Any(one => one.Topic == "any/second"), "all came");
        device.Received.Where(one => one.Payload.Contains("secret", StringComparison.Ordinal) || one.Topic.StartsWith('$'))
            // What it may read, as the server stores it.
            .Where(one => !one.Topic.StartsWith("$MQTT/msgs/any/", StringComparison.Ordinal))
            .Select(one => $"{one.Topic} {one.Payload}").ShouldBeEmpty();
        await fleet.RemoveAsync("any.one", CancellationToken.None);
    }

    [Test]
    public async Task A_credential_of_NATS_is_none_of_MQTT_and_the_other_way_round()
    {
        var fleet = _home.Home.Get<IFleet>();
        var mqtt = await fleet.AddMqttAsync(new DeviceId("m", "q"), [], CancellationToken.None);
        await using var nats = _home.Home.Client(NATS.Client.Core.NatsOpts.Default with
        {
            AuthOpts = new NATS.Client.Core.NatsAuthOpts { Username = mqtt.Credential.Login, Password = mqtt.Secret },
        });
        await Should.ThrowAsync<NATS.Client.Core.NatsException>(async () => await nats.ConnectAsync());
        fleet.Of(new DeviceId("m", "q")).ShouldBeNull("it speaks for no device of NATS");
        await fleet.RemoveAsync("m.q", CancellationToken.None);
    }

    /// <summary>What the sidecar and the server say themselves.</summary>
    private static bool IsOfServer(string topic) => topic == "home/discovery/rejected"
        || new[] { "$JS/", "$MQTT/", "_INBOX/", "$SYS/" }.Any(start => topic.StartsWith(start, StringComparison.Ordinal));

    [TestCase("#", "topics of the home")]
    [TestCase("+/x", "topics of the home")]
    [TestCase("home/#", "topics of the home")]
    [TestCase("$JS/#", "topics of the home")]
    [TestCase("a/#/b", "last level")]
    [TestCase("a b", "a space")]
    public async Task A_wrong_topic_says_what_is_wrong(string filter, string expected) =>
        (await Should.ThrowAsync<FleetException>(
            () => _home.Home.Get<IFleet>().AddMqttAsync(Desk, [filter], CancellationToken.None))).Message.ShouldContain(expected);
}
