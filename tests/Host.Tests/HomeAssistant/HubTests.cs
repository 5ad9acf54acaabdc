using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Link.Internal;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

[NonParallelizable] // Measures the memory of the process.
public sealed class HubTests
{
    /// <summary>SIGSTOP and SIGCONT: the server stands still, and goes on.</summary>
    private const int Stop = 19;
    private const int Continue = 18;

    private const string Bell = """
        {"schema":1,"type":"door","id":"front","name":"Door",
         "entities":[{"key":"bell","platform":"event","name":"Bell","event_types":["ring"]}]}
        """;

    private StateHome _home = null!;

    [OneTimeSetUp]
    public async Task StartHome() =>
        _home = await StateHome.StartAsync();

    [OneTimeTearDown]
    public async Task StopHome() => await _home.DisposeAsync();

    [SetUp]
    public void SetUp()
    {
        foreach (var device in _home.Registry.Snapshot())
        {
            _home.Registry.Remove(device.Description.Id);
        }
    }

    [TestCase("")]
    [TestCase("Bearer wrong")]
    [TestCase("Basic abc")]
    public async Task A_wrong_token_is_refused_before_the_upgrade(string authorization)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (authorization.Length > 0)
        {
            socket.Options.SetRequestHeader("Authorization", authorization);
        }

        var url = new UriBuilder(_home.Home.Url) { Scheme = "ws", Path = "/hub" }.Uri;
        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(url, CancellationToken.None));
        socket.HttpStatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task The_token_may_come_in_the_query_as_browsers_send_it()
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(
            new UriBuilder(_home.Home.Url) { Scheme = "ws", Path = "/hub", Query = "access_token=" + _home.Home.Token }.Uri,
            CancellationToken.None);
        socket.State.ShouldBe(WebSocketState.Open);
    }

    [Test]
    public async Task Hello_says_who_answers()
    {
        await using var client = await ConnectAsync(hello: false);
        var hello = await client.CallAsync("Hello", """{"name":"x","version":"1","schema":1,"instance":"abc"}""");
        hello.GetProperty("server").GetProperty("name").GetString().ShouldBe("hanatsbridge");
        hello.GetProperty("bridge_id").GetString()!.Length.ShouldBe(8);
        hello.GetProperty("epoch").GetString()!.Length.ShouldBe(16);
        hello.GetProperty("links").GetProperty("nats").GetString().ShouldBe("up");
    }

    [Test]
    public async Task Before_hello_nothing_is_answered()
    {
        await using var client = await ConnectAsync(hello: false);
        Code(await client.CallAsync("Command", "{}")).ShouldBe("HELLO_FIRST");
        Code(await client.CallAsync("Report", "1", "[]")).ShouldBe("HELLO_FIRST");
        Code(await client.CallAsync("Diagnostics", "null")).ShouldBe("HELLO_FIRST");
        Code(await client.CallAsync("Forget", "\"sensor.hall\"")).ShouldBe("HELLO_FIRST");
        var frames = await client.ListenAsync();
        var view = new HomeView();
        await view.ReadUntilAsync(frames, v => v.Bye is not null, "bye");
        view.Bye!.Value.GetProperty("code").GetString().ShouldBe("HELLO_FIRST");
    }

    [Test]
    public async Task An_unknown_schema_is_refused_with_the_range()
    {
        await using var client = await ConnectAsync(hello: false);
        Code(await client.CallAsync("Hello", """{"name":"x","version":"1","schema":9,"instance":"abc"}"""))
            .ShouldBe("UNSUPPORTED_SCHEMA");
    }

    [Test]
    public async Task A_listener_sees_devices_states_availability_and_removals()
    {
        _home.Registry.Put(InMemoryRegistry.Sensors("hall", 2));
        await _home.PublishAsync("home.devices.sensor.hall.state", """{"s0": 1, "s1": 2}""");
        await _home.IsAsync("sensor.hall.s1", "2");
        await using var listener = await _home.ListenAsync();
        await listener.UntilAsync(v => v.Ends == 1, "the snapshot");
        var device = listener.View.Devices["sensor.hall"];
        device.GetProperty("online").GetBoolean().ShouldBeTrue();
        device.GetProperty("revision").GetInt64().ShouldBeGreaterThan(0);
        device.GetProperty("since").GetString().ShouldBe("1970-01-01T00:00:00.000Z");
        listener.View.States["sensor.hall.s1"].ShouldBe("2");

        await _home.PublishAsync("home.devices.sensor.hall.state.s1", "3.5");
        await listener.UntilAsync(v => v.States["sensor.hall.s1"] == "3.5", "the change");
        _home.Registry.Remove(new DeviceId("sensor", "hall"));
        await listener.UntilAsync(v => v.Devices.Count == 0 && v.States.Count == 0, "the removal");
    }

    [Test]
    public async Task A_device_that_a_person_deletes_is_removed()
    {
        _home.Registry.Put(InMemoryRegistry.Sensors("hall", 2));
        await using var listener = await _home.ListenAsync();
        await listener.UntilAsync(v => v.Ends == 1, "the snapshot");
        await using var client = await ConnectAsync();

        Code(await client.CallAsync("Forget", "7")).ShouldBe("INVALID_VALUE");
        (await client.CallAsync("Forget", "\"sensor.hall\"")).GetProperty("removed").GetBoolean().ShouldBeTrue();
        await listener.UntilAsync(v => v.Devices.Count == 0, "the removal");
        (await client.CallAsync("Forget", "\"sensor.hall\"")).GetProperty("removed").GetBoolean().ShouldBeFalse();
    }

    [Test]
    public async Task An_event_is_delivered_once_also_over_a_reconnect()
    {
        _home.Registry.Put(InMemoryRegistry.Describe(Bell));
        await using var first = await _home.ListenAsync();
        await first.UntilAsync(v => v.Ends == 1, "the snapshot");
        first.View.Events.ShouldBeEmpty();
        await _home.PublishAsync("home.devices.door.front.event.bell", "ring");
        await first.UntilAsync(v => v.Events.Count == 1, "the ring");
        var id = first.View.LastEvent!.Value;
        await first.DisposeAsync();
        await _home.PublishAsync("home.devices.door.front.event.bell", """{"event_type":"ring","button":2}""");

        await using var second = await ConnectAsync();
        var view = new HomeView();
        await view.ReadUntilAsync(
            await second.ListenAsync(first.View.Epoch, first.View.Seq, id), v => v.Events.Count == 1, "the second ring");
        view.LastBeginWasFull.ShouldBeFalse();
        view.Events[0].Id.ShouldBeGreaterThan(id);

        await using var third = await ConnectAsync();
        var all = new HomeView();
        await all.ReadUntilAsync(
            await third.ListenAsync("the epoch before a restart", 1, id - 1),
            v => v.Events.Count == 2,
            "both, over a restart too");
    }

    [Test]
    public async Task Issues_are_raised_and_cleared()
    {
        var repairs = _home.Home.Get<IRepairs>();
        await using var listener = await _home.ListenAsync();
        repairs.Raise(new Repair("x.1", "x", "warning", new Dictionary<string, string> { ["device"] = "a \"b\"" }));
        await listener.UntilAsync(v => v.Issues.TryGetValue("x.1", out var i) && i.GetProperty("active").GetBoolean(), "raised");
        listener.View.Issues["x.1"].GetProperty("placeholders").GetProperty("device").GetString().ShouldBe("a \"b\"");
        repairs.Clear("x.1");
        await listener.UntilAsync(v => !v.Issues["x.1"].GetProperty("active").GetBoolean(), "cleared");
    }

    [Test]
    public async Task A_second_listen_ends_the_first()
    {
        await using var client = await ConnectAsync();
        var first = new HomeView();
        var frames = await client.ListenAsync();
        await first.ReadUntilAsync(frames, v => v.Ends == 1, "the snapshot");
        await new HomeView().ReadUntilAsync(await client.ListenAsync(), v => v.Ends == 1, "the other snapshot");
        await first.ReadUntilAsync(frames, v => v.Bye is not null, "bye");
    }

    [Test]
    public async Task A_command_brings_the_devices_answer_and_a_sleeping_device_delays_no_other()
    {
        _home.Registry.Put(InMemoryRegistry.Describe(
            """{"schema":1,"type":"light","id":"a","name":"A","entities":[{"key":"on","platform":"switch","name":"On"}]}"""));
        _home.Registry.Put(InMemoryRegistry.Describe(
            """{"schema":1,"type":"light","id":"b","name":"B","entities":[{"key":"on","platform":"switch","name":"On"}]}"""));
        await using var sleeping = await _home.Device.SubscribeCoreAsync<byte[]>("home.devices.light.b.set");
        await using var awake = await _home.Device.SubscribeCoreAsync<byte[]>("home.devices.light.a.set");
        await _home.Device.PingAsync();
        await using var client = await ConnectAsync();
        var slow = client.CallAsync("Command", """{"entity":"light.b.on","action":"turn_on","deadline_ms":50000}""");
        var quick = client.CallAsync(
            "Command",
            """{"entity":"light.a.on","action":"turn_on","params":{},"id":"q1","context":{"origin":"home_assistant"}}""");
        var asked = await awake.Msgs.ReadAsync();
        await asked.ReplyAsync("""{"ok":true,"state":"on"}"""u8.ToArray(), serializer: NatsRawSerializer<byte[]>.Default);
        var result = await quick;
        result.GetProperty("id").GetString().ShouldBe("q1");
        result.GetProperty("state").GetString().ShouldBe("on");
        slow.IsCompleted.ShouldBeFalse();
        await (await sleeping.Msgs.ReadAsync())
            .ReplyAsync("""{"ok":true}"""u8.ToArray(), serializer: NatsRawSerializer<byte[]>.Default);
        Code(await slow).ShouldBeNull("it has woken up");
        Code(await client.CallAsync("Command", """{"entity":"light.b.on","action":"turn_on","deadline_ms":200}"""))
            .ShouldBe("TIMEOUT");
        Code(await client.CallAsync("Command", """{"entity":"no"}""")).ShouldBe("INVALID_PARAMETER");
    }

    [Test]
    public async Task What_is_reported_while_nats_is_away_is_refused_as_retryable_and_stored_once_when_it_is_back()
    {
        await using var home = await StateHome.StartAsync(
            add: services => services.AddSingleton(new LinkTimings { Answer = TimeSpan.FromMilliseconds(500) }));
        await using var client = await HubClient.ConnectAsync(home.Home.Url, home.Home.Token);
        const string Batch =
            """[{"type":"state_changed","entity_id":"sun.sun","state":"up","attributes":{},"previous":"down"}]""";
        var before = await StoredAsync(home);
        var server = home.Home.Get<EmbeddedServer>().Running!.Pid;
        ChildProcess.Signal(server, Stop).ShouldBeTrue();
        JsonElement refused;
        try
        {
            await Eventually.TrueAsync(
                () => File.ReadAllText($"/proc/{server}/stat").Contains(") T ", StringComparison.Ordinal),
                "the server stands still");
            refused = await client.CallAsync("Report", "117", Batch);
        }
        finally
        {
            ChildProcess.Signal(server, Continue);
        }

        Code(refused).ShouldBe("NOT_STORED");
        refused.GetProperty("error").GetProperty("retryable").GetBoolean().ShouldBeTrue();
        refused.GetProperty("error").GetProperty("details").GetProperty("retry_after").GetInt32().ShouldBe(1);
        JsonElement again = default;
        await Eventually.TrueAsync(
            async () => (again = await client.CallAsync("Report", "117", Batch)).TryGetProperty("stored", out _),
            "stored, now that it is back");
        again.GetProperty("stored").GetInt64().ShouldBe(117);
        (await StoredAsync(home) - before).ShouldBe(1, "although the first one went out, too");
    }

    [Test]
    public async Task Clients_of_two_sidecars_at_once_see_the_same_and_one_that_changes_over_hears_no_event_twice()
    {
        _home.Registry.Put(InMemoryRegistry.Describe(Bell));
        _home.Registry.Put(InMemoryRegistry.Sensors("d0", 20));
        await using var other = await StateHome.BesideAsync(_home, _home.Registry);
        await using var here = await _home.ListenAsync();
        await using var there = await other.ListenAsync();
        await here.UntilAsync(v => v.Ends == 1, "the snapshot here");
        await there.UntilAsync(v => v.Ends == 1, "the snapshot there");

        for (var round = 0; round < 50; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                await _home.PublishAsync($"home.devices.sensor.d0.state.s{i}", StateHome.Number(round));
            }
        }

        await _home.PublishAsync("home.devices.door.front.event.bell", "ring");
        bool AllThere(HomeView view) => view.Events.Count == 1
            && Enumerable.Range(0, 20).All(i => view.States.GetValueOrDefault($"sensor.d0.s{i}") == "49");
        await here.UntilAsync(AllThere, "the last values and the ring here");
        await there.UntilAsync(AllThere, "and there");
        here.View.Events.ShouldBe(there.View.Events);
        here.View.EventEpoch.ShouldBe(there.View.EventEpoch);

        // From here to there: another epoch, so everything is sent; but the ring is known.
        await using var moved = await HubClient.ConnectAsync(other.Home.Url, other.Home.Token);
        var view = new HomeView();
        var frames = await moved.ListenAsync(here.View.Epoch, here.View.Seq, here.View.LastEvent, here.View.EventEpoch);
        await view.ReadUntilAsync(frames, v => v.Ends == 1, "the snapshot over there");
        view.LastBeginWasFull.ShouldBeTrue();
        view.Events.ShouldBeEmpty();
        await _home.PublishAsync("home.devices.door.front.event.bell", "ring");
        await view.ReadUntilAsync(frames, v => v.Events.Count == 1, "the next ring");
        view.Events[0].Id.ShouldBeGreaterThan(here.View.LastEvent!.Value);
    }

    [Test]
    public async Task Reported_events_are_stored_once_however_often_they_are_reported()
    {
        await using var client = await ConnectAsync();
        const string Batch =
            """
            [{"type":"state_changed","entity_id":"sun.sun","state":"up","attributes":{"a":1},"previous":"down"},
             {"type":"nonsense"},{"type":"system","event":"started","data":{}}]
            """;
        var before = await StoredAsync();
        for (var i = 0; i < 2; i++)
        {
            var result = await client.CallAsync("Report", "17", Batch);
            result.TryGetProperty("stored", out var stored).ShouldBeTrue(result.GetRawText());
            stored.GetInt64().ShouldBe(19);
            result.GetProperty("rejected")[0].GetProperty("number").GetInt64().ShouldBe(18);
        }

        (await StoredAsync() - before).ShouldBe(2);
        Code(await client.CallAsync("Report", "-1", "[]")).ShouldBe("INVALID_VALUE");
        Code(await client.CallAsync("Report", "\"x\"", "7")).ShouldBe("INVALID_VALUE");
    }

    [Test]
    public async Task Diagnostics_tell_what_is_known()
    {
        _home.Registry.Put(InMemoryRegistry.Sensors("diag", 1));
        await _home.PublishAsync("home.devices.sensor.diag.state.s0", "x");
        await _home.IsAsync("sensor.diag.s0", "null");
        await using var client = await ConnectAsync();
        var device = await client.CallAsync("Diagnostics", "\"sensor.diag\"");
        device.GetProperty("wrong_values")[0].GetProperty("path").GetString().ShouldBe("s0");
        device.GetProperty("states").GetProperty("s0").GetProperty("stream_sequence").GetUInt64().ShouldBeGreaterThan(0UL);
        device.GetProperty("connection").GetString().ShouldBe("NABC/4");
        var whole = await client.CallAsync("Diagnostics", "null");
        whole.GetProperty("devices").GetInt32().ShouldBe(1);
        whole.GetRawText().ShouldNotContain(_home.Home.Token);
        Code(await client.CallAsync("Diagnostics", "\"unknown\"")).ShouldBe("INVALID_VALUE");
    }

    [Test]
    public async Task Hostile_records_hurt_only_who_sends_them()
    {
        _home.Registry.Put(InMemoryRegistry.Sensors("safe", 1));
        await using var listener = await _home.ListenAsync();
        var random = new Random(1);
        var alphabet = """{}[]":,0123456789eE+-.\u00 nulltrfaseHoCommandLis""";
        for (var run = 0; run < 60; run++)
        {
            var junk = new string(
                [.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            using var hostile = await SendRawAsync((run % 4) switch
            {
                0 => junk,
                1 => $$"""{"type":1,"invocationId":"1","target":"Command","arguments":[{{junk}}]}""",
                2 => """{"type":4,"invocationId":"1","target":"Listen","arguments":[{"epoch":"""
                    + JsonSerializer.Serialize(junk) + ""","since":"x","last_event":-1}]}""",
                _ => $$"""{"type":{{random.Next(20)}},"invocationId":"1","target":"Hello","arguments":[null]}""",
            });
        }

        using var large = await SendRawAsync(
            $$"""{"type":1,"invocationId":"1","target":"Hello","arguments":["{{new string('x', 1_200_000)}}"]}""");
        await UntilClosedAsync(large).WaitAsync(TimeSpan.FromSeconds(10));

        await _home.PublishAsync("home.devices.sensor.safe.state.s0", "1");
        await listener.UntilAsync(v => v.States.GetValueOrDefault("sensor.safe.s0") == "1", "the neighbour goes on");
    }

    [Test]
    public async Task A_paused_client_under_flood_finds_the_newest_states_and_delays_no_other()
    {
        const int Entities = 200;
        _home.Registry.Put(InMemoryRegistry.Sensors("flood", Entities));
        await using var paused = await _home.ListenAsync();
        await using var brisk = await _home.ListenAsync();
        await paused.UntilAsync(v => v.Ends == 1, "the snapshot");
        paused.Client.MayRead.Reset();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var round = 1; round <= 150; round++)
        {
            for (var i = 0; i < Entities; i++)
            {
                await _home.PublishAsync($"home.devices.sensor.flood.state.s{i}", StateHome.Number(round));
            }
        }

        await brisk.UntilAsync(v => AllAre(v, "150"), "the brisk client has all");
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(20_000_000);
        paused.Client.MayRead.Set();
        var frames = paused.View.Frames;
        await paused.UntilAsync(v => AllAre(v, "150"), "the paused client catches up");
        (paused.View.Frames - frames).ShouldBeLessThan(30_000);

        static bool AllAre(HomeView view, string value) =>
            Enumerable.Range(0, Entities).All(i => view.States.GetValueOrDefault($"sensor.flood.s{i}") == value);
    }

    /// <summary>Asked with patience, also where the sidecar has none.</summary>
    private async Task<long> StoredAsync(StateHome? other = null)
    {
        var home = other ?? _home;
        var jetStream = new NatsJSContext(
            home.Storage.JetStream.Connection, new NatsJSOpts(NatsOpts.Default, requestTimeout: TimeSpan.FromSeconds(20)));
        return (long)(await jetStream.GetStreamAsync(home.Storage.Names.EventsStream)).Info.State.Messages;
    }

    /// <summary>Sends the handshake and one record as it is.</summary>
    private async Task<WebSocket> SendRawAsync(string record)
    {
        var url = new UriBuilder(_home.Home.Url) { Scheme = "ws", Path = "/hub" }.Uri;
        var socket = await PausableWebSocket.ConnectAsync(
            url, _home.Home.Token, new ManualResetEventSlim(true), CancellationToken.None);
        foreach (var text in (string[])["""{"protocol":"json","version":1}""", record])
        {
            await socket.SendAsync(
                Encoding.UTF8.GetBytes(text + '\u001e'), WebSocketMessageType.Text, true, CancellationToken.None);
        }

        return socket;
    }

    private static async Task UntilClosedAsync(WebSocket socket)
    {
        try
        {
            while ((await socket.ReceiveAsync(new byte[4096], CancellationToken.None)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (WebSocketException)
        {
            // Closed without a close frame.
        }
    }

    private Task<HubClient> ConnectAsync(bool hello = true) => HubClient.ConnectAsync(_home.Home.Url, _home.Home.Token, hello);

    private static string? Code(JsonElement result) =>
        result.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;
}
