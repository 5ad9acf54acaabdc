using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Messages;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

/// <summary>Publish, Request and Subscribe of the hub, with a real nats-server.</summary>
public sealed class MessageTests
{
    private StateHome _home = null!;
    private HubClient _client = null!;

    /// <summary>The bridge's own user: who runs the home.</summary>
    private INatsConnection Nats => _home.Storage.JetStream.Connection;

    [OneTimeSetUp]
    public async Task StartHome() => _home = await StateHome.StartAsync();

    [OneTimeTearDown]
    public async Task StopHome() => await _home.DisposeAsync();

    [SetUp]
    public async Task Connect() => _client = await HubClient.ConnectAsync(_home.Home.Url, _home.Home.Token);

    [TearDown]
    public async Task Disconnect() => await _client.DisposeAsync();

    [Test]
    public async Task A_message_is_published_with_its_headers()
    {
        await using var subscription = await Nats.SubscribeCoreAsync<string>("garden.pump");
        await Nats.PingAsync();
        var result = await _client.CallAsync(
            "Publish", """{"subject":"garden.pump","payload":"{\"on\":true}","headers":{"Source":"home"}}""");
        result.GetProperty("sent").GetBoolean().ShouldBeTrue();
        var message = await subscription.Msgs.ReadAsync();
        message.Data.ShouldBe("""{"on":true}""");
        message.Headers!["Source"].ToString().ShouldBe("home");
    }

    [Test]
    public async Task A_request_brings_the_answer_or_why_there_is_none()
    {
        await using var subscription = await Nats.SubscribeCoreAsync<string>("garden.level");
        await Nats.PingAsync();
        var answer = _client.CallAsync("Request", """{"subject":"garden.level","timeout_ms":30000}""");
        await (await subscription.Msgs.ReadAsync()).ReplyAsync("42 %", new NatsHeaders { ["Unit"] = "percent" });
        (await answer).GetProperty("payload").GetString().ShouldBe("42 %");
        (await answer).GetProperty("headers").GetProperty("Unit").GetString().ShouldBe("percent");

        Reason(await _client.CallAsync("Request", """{"subject":"garden.level","timeout_ms":100}""")).ShouldBe("no_answer");
        Reason(await _client.CallAsync("Request", """{"subject":"garden.nobody"}""")).ShouldBe("no_responders");
    }

    [Test]
    public async Task A_binary_answer_has_no_payload()
    {
        await using var subscription = await Nats.SubscribeCoreAsync<string>("garden.picture");
        await Nats.PingAsync();
        var answer = _client.CallAsync("Request", """{"subject":"garden.picture"}""");
        await (await subscription.Msgs.ReadAsync()).ReplyAsync((byte[])[0xff, 0xd8, 0xff]);
        (await answer).GetProperty("payload").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [TestCase("home.devices.lock.front.set", "device_subject")]
    [TestCase("home.devices.lock.front.state.bolt", "device_subject")]
    [TestCase("home.discovery.announce.lock.front", "bridge_subject")]
    [TestCase("home.discovery.remove", "bridge_subject")]
    [TestCase("home.audit.commands.lock.front", "bridge_subject")]
    [TestCase("home.events.system.started", "bridge_subject")]
    [TestCase("home.leadership.availability.x", "bridge_subject")]
    [TestCase("home.ha.services.lock.unlock", "bridge_subject")]
    [TestCase("$JS.API.STREAM.DELETE.HOME_STATE", "reserved_subject")]
    [TestCase("$KV.home_devices.lock.front", "reserved_subject")]
    [TestCase("_INBOX.~bridge.x", "reserved_subject")]
    [TestCase("garden.*", "invalid_subject")]
    [TestCase("garden.>", "invalid_subject")]
    [TestCase("garden pump", "invalid_subject")]
    [TestCase("garden..pump", "invalid_subject")]
    [TestCase("garden.pump\\r\\nPUB x 1", "invalid_subject")]
    [TestCase("", "invalid_subject")]
    public async Task What_would_break_a_promise_of_the_home_is_not_sent(string subject, string reason)
    {
        var seen = new List<string>();
        await using var everything = await Nats.SubscribeCoreAsync<byte[]>(">");
        await Nats.PingAsync();
        Reason(await _client.CallAsync("Publish", $$"""{"subject":"{{subject}}","payload":"1"}""")).ShouldBe(reason);
        Reason(await _client.CallAsync("Request", $$"""{"subject":"{{subject}}","payload":"1"}""")).ShouldBe(reason);
        await Nats.PublishAsync("garden.end");
        while (await everything.Msgs.ReadAsync() is var message && message.Subject != "garden.end")
        {
            seen.Add(message.Subject);
        }

        seen.ShouldNotContain(subject);
    }

    [TestCase("""{"A b":"1"}""")]
    [TestCase("""{"A:b":"1"}""")]
    [TestCase("""{"A":"1\r\nB: 2"}""")]
    [TestCase("""{"A":1}""")]
    [TestCase("""{"":"1"}""")]
    public async Task A_header_that_is_none_is_refused(string headers) =>
        Reason(await _client.CallAsync("Publish", $$"""{"subject":"garden.pump","headers":{{headers}}}"""))
            .ShouldBe("invalid_header");

    [Test]
    public async Task What_is_larger_than_the_server_takes_is_refused()
    {
        var payload = new string('x', 1024 * 1024);
        await Should.ThrowAsync<Exception>(
            () => _client.CallAsync("Publish", $$"""{"subject":"garden.pump","payload":"{{payload}}"}"""),
            "the record itself is too large");
        await using var client = await HubClient.ConnectAsync(_home.Home.Url, _home.Home.Token);
        (await client.CallAsync("Publish", """{"subject":"garden.pump"}""")).GetProperty("sent").GetBoolean().ShouldBeTrue();
    }

    [Test]
    public async Task A_subscription_delivers_what_its_wildcards_match()
    {
        var items = await _client.SubscribeAsync("garden.*.level");
        (await NextAsync(items)).GetProperty("last").ValueKind.ShouldBe(JsonValueKind.Null);
        await Nats.PublishAsync("garden.well.level", "1", new NatsHeaders { ["A"] = "b" });
        await Nats.PublishAsync("garden.well.other", "2");
        await Nats.PublishAsync("garden.tank.level", (byte[])[0xff]);
        var first = await NextAsync(items);
        first.GetProperty("t").GetString().ShouldBe("message");
        first.GetProperty("subject").GetString().ShouldBe("garden.well.level");
        first.GetProperty("payload").GetString().ShouldBe("1");
        first.GetProperty("headers").GetProperty("A").GetString().ShouldBe("b");
        var second = await NextAsync(items);
        second.GetProperty("subject").GetString().ShouldBe("garden.tank.level");
        second.GetProperty("payload").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Test]
    public async Task A_subscription_begins_with_the_last_message_that_a_stream_stores()
    {
        await _home.Storage.JetStream.CreateStreamAsync(new StreamConfig("WEATHER", ["weather.>"]));
        await _home.Storage.JetStream.PublishAsync("weather.rain", "yes");
        await _home.Storage.JetStream.PublishAsync(
            "weather.rain", "no", headers: new NatsHeaders { ["Station"] = "roof" });
        var last = (await NextAsync(await _client.SubscribeAsync("weather.rain"))).GetProperty("last");
        last.GetProperty("payload").GetString().ShouldBe("no");
        last.GetProperty("headers").GetProperty("Station").GetString().ShouldBe("roof");
        (await NextAsync(await _client.SubscribeAsync("weather.snow"))).GetProperty("last").ValueKind
            .ShouldBe(JsonValueKind.Null);
    }

    [TestCase(">")]
    [TestCase("*.x")]
    [TestCase("$SYS.>")]
    [TestCase("_INBOX.>")]
    [TestCase("home.devices.lock.front.set")]
    [TestCase("home.devices.*.*.set")]
    [TestCase("home.devices.*.*.config")]
    [TestCase("home.ha.services.>")]
    [TestCase("a b")]
    [TestCase("a.>.b")]
    public async Task What_would_show_secrets_is_not_subscribed_to(string subject)
    {
        var bye = await NextAsync(await _client.SubscribeAsync(subject));
        bye.GetProperty("t").GetString().ShouldBe("bye");
        bye.GetProperty("error").GetProperty("code").GetString().ShouldBe("INVALID_VALUE");
    }

    [Test]
    public async Task A_wildcard_does_not_show_commands()
    {
        var items = await _client.SubscribeAsync("home.>");
        await NextAsync(items);
        await Nats.PublishAsync("home.devices.lock.front.set", """{"params":{"code":"1234"}}""");
        await Nats.PublishAsync("home.garden.pump", "on");
        while (await NextAsync(items) is var item)
        {
            item.GetRawText().ShouldNotContain("1234");
            if (item.GetProperty("subject").GetString() == "home.garden.pump")
            {
                break;
            }
        }
    }

    [Test]
    public async Task A_subscription_goes_on_after_the_server_was_away()
    {
        await using var home = await StateHome.StartAsync();
        await using var client = await HubClient.ConnectAsync(home.Home.Url, home.Home.Token);
        var items = await client.SubscribeAsync("garden.pump");
        (await NextAsync(items)).GetProperty("t").GetString().ShouldBe("begin");
        home.KillServer();
        (await NextAsync(items)).GetProperty("t").GetString().ShouldBe("lost");
        (await NextAsync(items)).GetProperty("t").GetString().ShouldBe("begin");
        await Eventually.TrueAsync(() => home.Home.Link.IsUp, "the link is back");
        await home.Storage.JetStream.Connection.PublishAsync("garden.pump", "on");
        (await NextAsync(items)).GetProperty("payload").GetString().ShouldBe("on");
    }

    [Test]
    public async Task A_client_that_does_not_read_loses_the_oldest_and_learns_how_many()
    {
        using var queue = new MessageQueue();
        (await queue.TakeAsync(default)).Begins.ShouldBeTrue();
        for (var i = 0; i < MessageQueue.MaxMessages + 10; i++)
        {
            queue.Add(Message(i.ToString(CultureInfo.InvariantCulture), 1));
        }

        (await queue.TakeAsync(default)).Dropped.ShouldBe(10);
        (await queue.TakeAsync(default)).Message!.Subject.ShouldBe("10");

        for (var i = 0; i < 40; i++)
        {
            queue.Add(Message("large", ClientMessage.MaxPayload));
        }

        var dropped = (await queue.TakeAsync(default)).Dropped;
        dropped.ShouldBe(MessageQueue.MaxMessages - 1 + 40 - (MessageQueue.MaxBytes / ClientMessage.MaxPayload));

        static ClientMessage Message(string subject, int size) => new(subject, new byte[size], []);
    }

    [Test]
    public async Task A_flood_on_a_subscribed_subject_hurts_only_who_subscribed()
    {
        _home.Registry.Put(InMemoryRegistry.Sensors("flooded", 1));
        await using var listener = await _home.ListenAsync();
        await _client.SubscribeAsync("flood.>");
        _client.MayRead.Reset();
        var payload = Encoding.UTF8.GetBytes(new string('x', 60_000));
        for (var i = 0; i < 2_000; i++)
        {
            await Nats.PublishAsync("flood.x", payload);
        }

        await _home.PublishAsync("home.devices.sensor.flooded.state.s0", "1");
        await listener.UntilAsync(v => v.States.GetValueOrDefault("sensor.flooded.s0") == "1", "the home goes on");
    }

    [Test]
    public async Task A_client_has_a_limited_number_of_subscriptions()
    {
        for (var i = 0; i < ClientMessages.MaxSubscriptions; i++)
        {
            (await NextAsync(await _client.SubscribeAsync($"many.n{i}"))).GetProperty("t").GetString().ShouldBe("begin");
        }

        (await NextAsync(await _client.SubscribeAsync("many.more"))).GetProperty("error").GetProperty("code").GetString()
            .ShouldBe("RATE_LIMITED");
        (await _client.CallAsync("Diagnostics", "null")).TryGetProperty("error", out _).ShouldBeFalse("calls still work");
    }

    [Test]
    public async Task Before_hello_nothing_is_sent()
    {
        await using var client = await HubClient.ConnectAsync(_home.Home.Url, _home.Home.Token, hello: false);
        Code(await client.CallAsync("Publish", """{"subject":"garden.pump"}""")).ShouldBe("HELLO_FIRST");
        Code(await client.CallAsync("Request", """{"subject":"garden.pump"}""")).ShouldBe("HELLO_FIRST");
        (await NextAsync(await client.SubscribeAsync("garden.pump"))).GetProperty("error").GetProperty("code").GetString()
            .ShouldBe("HELLO_FIRST");
    }

    private static async Task<JsonElement> NextAsync(ChannelReader<JsonElement> items) =>
        await items.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    private static string? Code(JsonElement result) =>
        result.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;

    private static string? Reason(JsonElement result) =>
        result.TryGetProperty("error", out var error) ? error.GetProperty("details").GetProperty("reason").GetString() : null;
}
