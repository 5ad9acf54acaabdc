using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.HomeAssistant.Internal.Requests;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

/// <summary>A program on NATS requests something of Home Assistant; the test is both of them, over a real server and the real hub.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class RequestTests(string program)
{
    private const string TurnOn = "home.ha.services.light.turn_on";
    private const string Both = "\"actions\",\"states\"";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private StateHome _home = null!;
    private NatsConnection _panel = null!;

    [OneTimeSetUp]
    public async Task StartHome()
    {
        _home = await StateHome.StartAsync(program: program, add: services => services.AddFleet());
        await _home.Storage.Ready.WaitAsync(Patience);
        var made = await _home.Home.Get<IFleet>().AddClientAsync(
            "panel", new ClientRights(["light.*", "lock.*"], States: true, Events: false), false, CancellationToken.None);
        made.IsLive.ShouldBeTrue(made.Trouble);
        _panel = _home.Home.Client(NatsOpts.Default with
        {
            AuthOpts = new NatsAuthOpts { NKey = made.Credential.Login, Seed = made.Secret },
            InboxPrefix = made.Credential.InboxPrefix,
        });
        await _panel.ConnectAsync();
    }

    [OneTimeTearDown]
    public async Task StopHome()
    {
        await _panel.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Test]
    public async Task Exactly_one_home_assistant_does_it_and_the_caller_has_its_answer()
    {
        await using var without = await ConnectAsync("");
        await using var first = await ConnectAsync(Both);
        await using var second = await ConnectAsync(Both);

        var answer = AskAsync(TurnOn, """{"target":{"entity_id":"light.hall"},"data":{"brightness":7},"return_response":true}""");
        var id = await first.RequestAsync();
        (await second.Client.CallAsync("Take", Quote(id))).GetProperty("error").GetProperty("code").GetString().ShouldBe("NOT_FOUND");
        var taken = await first.Client.CallAsync("Take", Quote(id));
        taken.GetProperty("kind").GetString().ShouldBe("action");
        taken.GetProperty("domain").GetString().ShouldBe("light");
        taken.GetProperty("service").GetString().ShouldBe("turn_on");
        taken.GetProperty("target").GetRawText().ShouldBe("""{"entity_id":"light.hall"}""");
        taken.GetProperty("data").GetRawText().ShouldBe("""{"brightness":7}""");
        taken.GetProperty("return_response").GetBoolean().ShouldBeTrue();
        taken.GetProperty("deadline_ms").GetInt64().ShouldBeInRange(1, 30_000);
        (await first.Client.CallAsync("Take", Quote(id))).TryGetProperty("error", out _).ShouldBeTrue("it is taken once");
        (await first.AnswerAsync(id, """{"ok":true,"response":{"x":1},"context":{"id":"01J","parent_id":null,"user_id":"u"}}"""))
            .ShouldBeTrue();

        (await answer).ShouldBe("""{"ok":true,"response":{"x":1},"context":{"id":"01J","parent_id":null,"user_id":"u"}}""");
        second.Frames.TryRead(out var frame).ShouldBeFalse(frame.ToString());
        (await first.AnswerAsync(id, """{"ok":true}""")).ShouldBeFalse("it has been answered");
    }

    [Test]
    public async Task An_action_is_in_the_audit_without_its_secrets()
    {
        await using var home = await ConnectAsync(Both);
        var answer = AskAsync("home.ha.services.lock.unlock", """{"target":{"entity_id":"lock.front"},"data":{"code":"4711"}}""");
        await home.DoAsync("""{"ok":false,"error":{"code":"ACTION_FAILED","message":"jammed"},"context":{"id":"01K","user_id":"u"}}""");
        (await answer).ShouldBe("""{"ok":false,"error":{"code":"ACTION_FAILED","message":"jammed"}}""");

        var record = await LastAsync("HOME_AUDIT", "home.audit.actions.lock.unlock");
        record.GetProperty("action").GetString().ShouldBe("lock.unlock");
        record.GetProperty("params").GetRawText().ShouldBe("""{"target":{"entity_id":"lock.front"},"data":{"code":"***"}}""");
        record.GetProperty("context").GetRawText().ShouldBe("""{"origin":"nats","id":"01K","user_id":"u"}""");
        record.GetProperty("code").GetString().ShouldBe("ACTION_FAILED");
    }

    [TestCase(null, "NO_RESPONDERS")]
    [TestCase("", "UNAUTHORIZED")]
    [TestCase("\"states\"", "UNAUTHORIZED")]
    public async Task Where_nobody_offers_it_the_caller_hears_so_at_once(string? capabilities, string code)
    {
        await using var home = capabilities is null ? null : await ConnectAsync(capabilities);
        CodeOf(await AskAsync(TurnOn, "")).ShouldBe(code);
    }

    [Test]
    public async Task What_was_not_taken_in_time_is_never_executed()
    {
        await using var home = await ConnectAsync(Both);
        var answer = await AskAsync(TurnOn, """{"deadline_ms":100}""");
        CodeOf(answer).ShouldBe("TIMEOUT");
        var late = await home.Client.CallAsync("Take", Quote(await home.RequestAsync()));
        late.GetProperty("error").GetProperty("code").GetString().ShouldBe("NOT_FOUND");
    }

    [Test]
    public async Task What_was_taken_and_not_answered_in_time_has_an_unknown_outcome()
    {
        await using var home = await ConnectAsync(Both);
        var answer = AskAsync(TurnOn, """{"deadline_ms":2000}""");
        var id = await home.RequestAsync();
        await home.Client.CallAsync("Take", Quote(id));
        CodeOf(await answer).ShouldBe("UNKNOWN_OUTCOME");
        (await home.AnswerAsync(id, """{"ok":true}""")).ShouldBeFalse();
    }

    [Test]
    public async Task A_home_assistant_that_goes_away_with_a_request_leaves_an_unknown_outcome_and_no_other_is_told()
    {
        var home = await ConnectAsync(Both);
        await using var other = await ConnectAsync(Both);
        var answer = AskAsync(TurnOn, """{"deadline_ms":60000}""");
        await home.Client.CallAsync("Take", Quote(await home.RequestAsync()));
        await home.DisposeAsync();
        CodeOf(await answer).ShouldBe("UNKNOWN_OUTCOME");
        other.Frames.TryRead(out _).ShouldBeFalse();
    }

    [Test]
    public async Task What_a_home_assistant_that_goes_away_has_not_taken_the_next_one_does()
    {
        var home = await ConnectAsync(Both);
        await using var other = await ConnectAsync(Both);
        var answer = AskAsync(TurnOn, """{"deadline_ms":60000}""");
        await home.RequestAsync();
        await home.DisposeAsync();
        await other.DoAsync("""{"ok":true,"response":null,"context":null}""");
        (await answer).ShouldStartWith("""{"ok":true""");
    }

    [TestCase("light.turn_on", "{", "INVALID_JSON")]
    [TestCase("light.turn_on", "[]", "INVALID_PARAMETER")]
    [TestCase("light.turn_on", """{"entity_id":"light.hall"}""", "INVALID_PARAMETER")]
    [TestCase("light.turn_on", """{"target":"light.hall"}""", "INVALID_PARAMETER")]
    [TestCase("light.turn_on", """{"data":[1]}""", "INVALID_PARAMETER")]
    [TestCase("light.turn_on", """{"return_response":"yes"}""", "INVALID_PARAMETER")]
    [TestCase("light.turn_on", """{"deadline_ms":99}""", "INVALID_PARAMETER")]
    [TestCase("light.turn_on", """{"data":{},"data":{}}""", "INVALID_JSON")]
    [TestCase("light.turn_on", """{"data":{"x":1e999}}""", "INVALID_JSON")]
    [TestCase("light.turn!", "", "NOT_FOUND")]
    public async Task What_cannot_be_read_is_refused_before_anybody_is_asked(string action, string payload, string code)
    {
        await using var home = await ConnectAsync(Both);
        CodeOf(await AskAsync("home.ha.services." + action, payload)).ShouldBe(code);
        home.Frames.TryRead(out _).ShouldBeFalse();
    }

    [Test]
    public async Task A_huge_request_is_refused()
    {
        await using var home = await ConnectAsync(Both);
        var payload = """{"data":{"x":"_"}}""".Replace("_", new string('x', 300 * 1024), StringComparison.Ordinal);
        CodeOf(await AskAsync(TurnOn, payload)).ShouldBe("TOO_LARGE");
    }

    [Test]
    public async Task A_flood_is_bounded_and_harms_nobody_after_it()
    {
        await using var home = await ConnectAsync(Both);
        var answers = Enumerable.Range(0, 500).Select(_ => AskAsync(TurnOn, """{"deadline_ms":60000}""")).ToList();

        // Nothing is taken: all but those that wait are refused.
        await Eventually.TrueAsync(
            () => answers.Count(one => one.IsCompleted) == 500 - HomeAssistantRequests.MaxWaiting,
            "those beyond the limit are answered");
        foreach (var refused in answers.Where(one => one.IsCompleted).ToList())
        {
            CodeOf(await refused).ShouldBe("RATE_LIMITED");
        }

        for (var i = 0; i < HomeAssistantRequests.MaxWaiting; i++)
        {
            await home.DoAsync("""{"ok":true,"response":null,"context":null}""");
        }

        await Task.WhenAll(answers).WaitAsync(Patience);
        var next = AskAsync(TurnOn, "");
        await home.DoAsync("""{"ok":true,"response":null,"context":null}""");
        (await next).ShouldStartWith("""{"ok":true""");
    }

    [Test]
    public async Task States_come_without_secrets()
    {
        await using var home = await ConnectAsync(Both);
        var page = AskAsync("home.ha.states", """{"after":"camera.a","limit":5000}""");
        var id = await home.RequestAsync();
        var taken = await home.Client.CallAsync("Take", Quote(id));
        (taken.GetProperty("kind").GetString(), taken.GetProperty("after").GetString(), taken.GetProperty("limit").GetInt32())
            .ShouldBe(("states", "camera.a", 1000));
        await home.AnswerAsync(id, """
            {"ok":true,"next":"text.wifi_password","states":[
             {"entity_id":"camera.door","state":"idle","last_reported":"x","attributes":{"access_token":"abc123",
              "entity_picture":"/api/camera_proxy/camera.door?token=abc123"}},
             {"entity_id":"text.wifi_password","state":"hunter2","attributes":{}},
             {"entity_id":"input_text.x","state":"hunter2","attributes":{"mode":"password"}}]}
            """);
        var answer = await page;
        answer.ShouldNotContain("abc123");
        answer.ShouldNotContain("hunter2");
        answer.ShouldContain("/api/camera_proxy/camera.door?token=***");
        answer.ShouldEndWith("""
            "next":"text.wifi_password"}
            """);

        var one = AskAsync("home.ha.states.sun.sun", "");
        id = await home.RequestAsync();
        (await home.Client.CallAsync("Take", Quote(id))).GetProperty("entity_id").GetString().ShouldBe("sun.sun");
        await home.AnswerAsync(id, """{"ok":false,"error":{"code":"NOT_FOUND","message":"there is no entity sun.sun"}}""");
        CodeOf(await one).ShouldBe("NOT_FOUND");
    }

    [TestCase("""{"ok":"yes"}""")]
    [TestCase("""{"ok":false}""")]
    [TestCase("""{"ok":false,"error":{"code":"not a code"}}""")]
    public async Task An_answer_that_cannot_be_read_is_an_error_for_both(string result)
    {
        await using var home = await ConnectAsync(Both);
        var answer = AskAsync(TurnOn, "");
        var id = await home.RequestAsync();
        await home.Client.CallAsync("Take", Quote(id));
        (await home.Client.CallAsync("Answer", Quote(id), result)).GetProperty("error").GetProperty("code").GetString()
            .ShouldBe("INVALID_VALUE");
        CodeOf(await answer).ShouldBe("INTERNAL_ERROR");
    }

    [Test]
    public async Task A_reply_subject_that_is_no_inbox_is_not_answered()
    {
        await using var home = await ConnectAsync(Both);
        await using var victim = await _home.Home.Link.Home.SubscribeCoreAsync<string>("home.devices.lamp.desk.state");
        await _home.Home.Link.Home.PingAsync();
        await _panel.PublishAsync(TurnOn, "{}", replyTo: "home.devices.lamp.desk.state");
        await home.DoAsync("""{"ok":true,"response":null,"context":null}""");

        // What comes after it on the same connections has been answered, and that has not.
        CodeOf(await AskAsync(TurnOn, "{")).ShouldBe("INVALID_JSON");
        await _home.Home.Link.Home.PingAsync();
        victim.Msgs.TryRead(out _).ShouldBeFalse();
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text);

    private static string CodeOf(string answer)
    {
        var root = JsonElement.Parse(answer);
        root.GetProperty("ok").GetBoolean().ShouldBeFalse(answer);
        return root.GetProperty("error").GetProperty("code").GetString()!;
    }

    private async Task<string> AskAsync(string subject, string payload)
    {
        var message = await _panel.RequestAsync<byte[], byte[]>(
            subject, Encoding.UTF8.GetBytes(payload), replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromMinutes(2) });
        return Encoding.UTF8.GetString(message.Data ?? []);
    }

    private async Task<JsonElement> LastAsync(string stream, string subject)
    {
        var found = default(JsonElement);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    var messages = await _home.Storage.JetStream.GetStreamAsync(stream);
                    var last = await messages.GetAsync(new StreamMsgGetRequest { LastBySubj = subject });
                    found = JsonElement.Parse(last.Message.Data.Span);
                    return true;
                }
                catch (NatsJSApiException)
                {
                    return false;
                }
            },
            $"{subject} is stored");
        return found;
    }

    private async Task<Home> ConnectAsync(string capabilities)
    {
        var client = await HubClient.ConnectAsync(_home.Home.Url, _home.Home.Token, hello: false);
        await client.CallAsync("Hello", string.Create(CultureInfo.InvariantCulture,
            $$"""{"name":"home_assistant","version":"1","schema":1,"instance":"i","capabilities":[{{capabilities}}]}"""));
        var home = new Home(client, await client.ListenAsync());
        await home.UntilAsync("end");
        return home;
    }

    /// <summary>What Home Assistant's integration does, step by step.</summary>
    private sealed record Home(HubClient Client, ChannelReader<JsonElement> Frames) : IAsyncDisposable
    {
        public async Task<JsonElement> UntilAsync(string kind)
        {
            using var limit = new CancellationTokenSource(Patience);
            while (true)
            {
                var frame = await Frames.ReadAsync(limit.Token);
                if (frame.GetProperty("t").GetString() == kind)
                {
                    return frame;
                }
            }
        }

        public async Task<string> RequestAsync() => (await UntilAsync("request")).GetProperty("id").GetString()!;

        public async Task<bool> AnswerAsync(string id, string result) =>
            (await Client.CallAsync("Answer", Quote(id), result)).GetProperty("delivered").GetBoolean();

        public async Task DoAsync(string result)
        {
            var id = await RequestAsync();
            await Client.CallAsync("Take", Quote(id));
            (await AnswerAsync(id, result)).ShouldBeTrue();
        }

        public ValueTask DisposeAsync() => Client.DisposeAsync();
    }
}
