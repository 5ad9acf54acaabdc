using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Commands;

[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class CommandTests(string program)
{
    private const string Week = """{"start_date_time":"2026-12-01T00:00:00Z","end_date_time":"2026-12-08T00:00:00Z"}""";

    private static readonly DeviceId Lamp = new("light", "lamp");

    private ShiftedTime _time = null!;
    private StateHome _home = null!;
    private ConcurrentQueue<JsonElement> _asked = null!;
    private CancellationTokenSource _end = null!;

    [SetUp]
    public async Task SetUp()
    {
        _asked = [];
        _end = new CancellationTokenSource();
        _time = new ShiftedTime();
        _home = await StateHome.StartAsync(program: program, time: _time);
        _home.Registry.Put(InMemoryRegistry.Describe(
            """
            {"schema":1,"type":"light","id":"lamp","name":"Hall lamp","entities":[
              {"key":"on","platform":"switch","name":"On"},{"key":"level","platform":"number","name":"Level","min":0,"max":10},
              {"key":"slow","platform":"switch","name":"Slow","command_timeout":1},{"key":"press","platform":"button","name":"Press"},
              {"key":"days","platform":"calendar","name":"Days"}]}
            """));
    }

    [TearDown]
    public async Task TearDown()
    {
        await _end.CancelAsync();
        await _home.DisposeAsync();
        _end.Dispose();
    }

    [Test]
    public async Task The_device_gets_the_command_and_its_answer_comes_back()
    {
        await AnswerAsync(_ => ["""{"ok":true,"state":"on","response":{"took":3}}"""]);
        var outcome = await ExecuteAsync("on", "turn_on", id: "c1");
        outcome.Ok.ShouldBeTrue();
        outcome.Id.ShouldBe("c1");
        Text(outcome.State).ShouldBe("\"on\"");
        Text(outcome.Response).ShouldBe("""{"took":3}""");

        _asked.TryDequeue(out var asked).ShouldBeTrue();
        asked.GetProperty("id").GetString().ShouldBe("c1");
        asked.GetProperty("entity").GetString().ShouldBe("on");
        asked.GetProperty("action").GetString().ShouldBe("turn_on");
        asked.GetProperty("deadline_ms").GetInt32().ShouldBeInRange(1, 5000);
        asked.GetProperty("context").GetProperty("user_id").GetString().ShouldBe("u1");
        _home.Registry.Signs.ShouldContain(Lamp);
    }

    [Test]
    public async Task An_empty_answer_is_done()
    {
        await AnswerAsync(_ => [""]);
        (await ExecuteAsync("on", "turn_on")).Ok.ShouldBeTrue();
    }

    [Test]
    public async Task The_devices_own_error_reaches_the_person()
    {
        await AnswerAsync(_ => ["""{"ok":false,"error":{"code":"BUSY","message":"The lamp is warming up"}}"""]);
        var outcome = await ExecuteAsync("on", "turn_on");
        (outcome.Code, outcome.Message, outcome.Retryable).ShouldBe((CommandCodes.Busy, "The lamp is warming up", true));
    }

    [TestCase("on", "turn_on", true)]
    [TestCase("press", "press", false)]
    public async Task What_may_have_been_done_may_be_tried_again_only_where_twice_is_as_good_as_once(string entity, string action, bool retryable)
    {
        await AnswerAsync(_ => ["""{"ok":false,"error":{"code":"TIMEOUT","message":"The radio heard no acknowledgement"}}"""]);
        (await ExecuteAsync(entity, action)).Retryable.ShouldBe(retryable);
    }

    [TestCase("rubbish")]
    [TestCase("""{"stream":"X","seq":1}""")]
    [TestCase("""{"ok":"yes"}""")]
    [TestCase("[]")]
    public async Task Rubbish_is_an_internal_error(string answer)
    {
        await AnswerAsync(_ => [answer]);
        (await ExecuteAsync("on", "turn_on")).Code.ShouldBe(CommandCodes.InternalError);
    }

    [Test]
    public async Task An_answer_whose_headers_cannot_be_read_is_an_internal_error_and_the_next_command_works()
    {
        await ListenAsync((message, command) => command.GetProperty("id").GetString() == "broken"
            ? ReplyBareAsync(message.ReplyTo!, "NATS/1.0\r\nno colon\r\n\r\n")
            : ReplyAsync(message, "").AsTask());
        (await ExecuteAsync("on", "turn_on", id: "broken")).Code.ShouldBe(CommandCodes.InternalError);
        (await ExecuteAsync("on", "turn_on")).Ok.ShouldBeTrue();
    }

    [Test]
    public async Task What_is_wrong_in_the_data_of_an_answer_is_left_out_and_noted_for_the_diagnostics()
    {
        await AnswerAsync(_ =>
        [
            """{"ok":true,"response":{"events":[{"start":"2026-12-01","end":"2026-12-02","summary":"Fair"},{"summary":"No time"}]}}""",
        ]);
        var outcome = await ExecuteAsync("days", "get_events", parameters: Week);
        Text(outcome.Response).ShouldBe("""{"events":[{"start":"2026-12-01","end":"2026-12-02","summary":"Fair"}]}""");
        _home.States.ProblemsOf(Lamp).Single().Path.ShouldBe("days.events[1]");
    }

    [TestCase("")]
    [TestCase("""{"ok":true}""")]
    [TestCase("""{"ok":true,"response":{"events":"none"}}""")]
    public async Task An_answer_without_the_data_that_was_asked_for_is_an_internal_error(string answer)
    {
        await AnswerAsync(_ => [answer]);
        var outcome = await ExecuteAsync("days", "get_events", parameters: Week);
        (outcome.Code, outcome.Reason).ShouldBe((CommandCodes.InternalError, CommandReasons.BadAnswer));
    }

    [Test]
    public async Task Of_several_answers_the_first_counts_and_the_others_disturb_nobody()
    {
        await AnswerAsync(_ => ["""{"ok":true}""", """{"ok":false,"error":{"code":"BUSY","message":"x"}}""", "rubbish"]);
        for (var i = 0; i < 5; i++)
        {
            (await ExecuteAsync("on", "turn_on")).Ok.ShouldBeTrue();
        }
    }

    [Test]
    public async Task A_device_that_never_answers_is_a_timeout_at_the_deadline_and_its_late_answer_is_ignored()
    {
        var release = new TaskCompletionSource();
        await AnswerAsync(async command =>
        {
            if (command.GetProperty("id").GetString() == "late")
            {
                await release.Task;
            }

            return """{"ok":true}""";
        });
        var clock = Stopwatch.StartNew();
        var outcome = await ExecuteAsync("slow", "turn_on", id: "late");
        clock.Elapsed.TotalSeconds.ShouldBeGreaterThan(0.9);
        outcome.Code.ShouldBe(CommandCodes.Timeout);
        outcome.Message.ShouldBe("Hall lamp did not answer within 1 s.");

        release.SetResult();
        (await ExecuteAsync("slow", "turn_on")).Ok.ShouldBeTrue();
    }

    [Test]
    public async Task Without_a_listener_the_person_reads_so_at_once()
    {
        var deadline = TimeSpan.FromSeconds(50);
        (await ExecuteAsync("on", "turn_on", deadline: deadline)).Code.ShouldBe(CommandCodes.NoResponders);
        _home.Registry.SetOnline(Lamp, false, "disconnected");
        var outcome = await ExecuteAsync("on", "turn_on", deadline: deadline);
        outcome.Code.ShouldBe(CommandCodes.DeviceOffline);
        outcome.Milliseconds.ShouldBeLessThan((long)deadline.TotalMilliseconds);
    }

    [Test]
    public async Task A_device_that_sleeps_is_offline_when_nobody_listens_although_it_counts_as_online()
    {
        _home.Registry.Put(InMemoryRegistry.Describe(
            """{"schema":1,"type":"light","id":"lamp","name":"Garden lamp","when_offline":"assumed","entities":[{"key":"on","platform":"switch","name":"On"}]}"""));
        var outcome = await ExecuteAsync("on", "turn_on");
        outcome.Code.ShouldBe(CommandCodes.DeviceOffline);
        outcome.Message.ShouldBe("Garden lamp is offline.");
    }

    [Test]
    public async Task Whoever_gives_the_reason_a_person_reads_it_in_words()
    {
        await AnswerAsync(_ => ["""{"ok":false,"error":{"code":"BUSY","message":"The lamp is warming up"}}"""]);
        (await ExecuteAsync("on", "turn_on")).Reason.ShouldBeNull("it is the device's own message");
        (await ExecuteAsync("level", "set_value", """{"value":11}""")).ShouldSatisfyAllConditions(
            outcome => outcome.Reason.ShouldBe(CommandReasons.InvalidParameter),
            outcome => outcome.Words!.ToJsonString().ShouldBe(
                """{"parameter":"value","problem":"expected a number from 0 to 10, got 11"}"""));
    }

    [TestCase("""{"ok":false,"error":{"code":"BUSY"}}""", CommandCodes.Busy, CommandReasons.DeviceBusy)]
    [TestCase("""{"ok":false,"error":{"code":"BUSY","message":"BUSY"}}""", CommandCodes.Busy, CommandReasons.DeviceBusy)]
    [TestCase("""{"ok":false}""", CommandCodes.InternalError, CommandReasons.DeviceFailed)]
    [TestCase("rubbish", CommandCodes.InternalError, CommandReasons.BadAnswer)]
    public async Task An_answer_without_a_message_for_people_has_a_reason(string answer, string code, string reason)
    {
        await AnswerAsync(_ => [answer]);
        var outcome = await ExecuteAsync("on", "turn_on");
        (outcome.Code, outcome.Reason).ShouldBe((code, reason));
    }

    [Test]
    public async Task Codes_and_passwords_are_neither_in_the_audit_nor_in_errors()
    {
        _home.Registry.Put(InMemoryRegistry.Describe(
            """
            {"schema":1,"type":"light","id":"lamp","name":"Door","entities":[
              {"key":"lock","platform":"lock","code_format":"^\\d{4}$"},{"key":"wifi","platform":"text","mode":"password","max":20}]}
            """));
        await AnswerAsync(command => [$$$"""
            {"ok":false,"error":{"code":"INVALID_PARAMETER","message":"wrong: {{{command.GetProperty("params").GetRawText().Replace('"', ' ')}}}"}}
            """]);
        var outcomes = new[]
        {
            await ExecuteAsync("lock", "unlock", """{"code":"7391"}"""),
            await ExecuteAsync("lock", "unlock", """{"code":"739155"}"""),
            await ExecuteAsync("wifi", "set_value", """{"value":"hunter2"}"""),
            await ExecuteAsync("wifi", "set_value", """{"value":"hunter2 hunter2 hunter2"}"""),
            await ExecuteAsync("unknown", "set_value", """{"value":"hunter2"}"""),
        };
        _asked.Select(command => command.GetProperty("params").GetRawText())
            .ShouldBe(["""{"code":"7391"}""", """{"value":"hunter2"}"""], "the device gets them");
        outcomes.ShouldAllBe(outcome => !outcome.Ok);
        string.Concat(outcomes.Select(outcome => outcome.Message + outcome.Words)).ShouldSatisfyAllConditions(
            text => text.ShouldNotContain("7391"), text => text.ShouldNotContain("hunter2"), text => text.ShouldContain("***"));

        var names = _home.Storage.Names;
        var stream = await _home.Storage.JetStream.GetStreamAsync(names.AuditStream);
        await Eventually.TrueAsync(
            async () =>
            {
                await stream.RefreshAsync();
                return stream.Info.State.Messages == outcomes.Length;
            },
            "all are stored");
        for (var i = 1UL; i <= (ulong)outcomes.Length; i++)
        {
            var record = Encoding.UTF8.GetString(
                (await stream.GetAsync(new StreamMsgGetRequest { Seq = i })).Message.Data.Span);
            record.ShouldNotContain("7391");
            record.ShouldNotContain("hunter2");
            record.ShouldContain("\"***\"");
        }
    }

    [TestCase("on", "fly", "{}", CommandCodes.InvalidCommand, "action: a switch has no action fly")]
    [TestCase("level", "set_value", """{"value":11}""", CommandCodes.InvalidParameter, "params.value: expected a number from 0 to 10, got 11")]
    [TestCase("level", "set_value", "{}", CommandCodes.InvalidParameter, "params.value: value is missing")]
    [TestCase("nothing", "turn_on", "{}", CommandCodes.InvalidCommand, "Hall lamp has no entity nothing.")]
    public async Task What_does_not_fit_the_description_is_not_sent_and_the_message_names_the_field(string entity, string action, string parameters, string code, string message)
    {
        await AnswerAsync(_ => ["""{"ok":true}"""]);
        var outcome = await ExecuteAsync(entity, action, parameters);
        outcome.Code.ShouldBe(code);
        outcome.Message.ShouldNotBeNull().ShouldStartWith(message);
        _asked.ShouldBeEmpty();
    }

    [Test]
    public async Task A_preview_is_dropped_when_a_state_came_from_the_stream_since()
    {
        await AnswerAsync(async _ =>
        {
            await _home.PublishAsync("home.devices.light.lamp.state.on", "off");
            await _home.IsAsync("light.lamp.on", "\"off\"");
            return """{"ok":true,"state":"on"}""";
        });
        var outcome = await ExecuteAsync("on", "turn_on");
        outcome.Ok.ShouldBeTrue();
        outcome.State.ShouldBeNull();
    }

    [Test]
    public async Task Every_command_is_in_the_audit()
    {
        await AnswerAsync(_ => ["""{"ok":true}"""]);
        await ExecuteAsync("on", "turn_on", id: "a1");
        await ExecuteAsync("on", "fly", id: "a2");
        var names = _home.Storage.Names;
        await Eventually.TrueAsync(
            async () => (await _home.Storage.JetStream.GetStreamAsync(names.AuditStream)).Info.State.Messages == 2, "both are stored");
        var stream = await _home.Storage.JetStream.GetStreamAsync(names.AuditStream);
        var record = JsonDocument.Parse((await stream.GetAsync(new StreamMsgGetRequest { Seq = 2 })).Message.Data).RootElement;
        record.GetProperty("id").GetString().ShouldBe("a2");
        record.GetProperty("code").GetString().ShouldBe(CommandCodes.InvalidCommand);
        record.GetProperty("context").GetProperty("user_id").GetString().ShouldBe("u1");
    }

    [Test]
    public async Task Commands_to_one_device_wait_for_their_turn_and_are_sent_in_order()
    {
        var release = new TaskCompletionSource();
        await AnswerAsync(async _ =>
        {
            await release.Task;
            return """{"ok":true}""";
        });
        var running = Enumerable.Range(0, 200).Select(i => ExecuteAsync("on", "turn_on", id: $"c{i}", deadline: TimeSpan.FromSeconds(50)).AsTask()).ToArray();
        await Eventually.TrueAsync(() => _asked.Count == 16, "sixteen are unanswered");
        running.ShouldAllBe(command => !command.IsCompleted);
        release.SetResult();
        (await Task.WhenAll(running)).ShouldAllBe(outcome => outcome.Ok);
        _asked.Select(asked => asked.GetProperty("id").GetString()).ShouldBe(Enumerable.Range(0, 200).Select(i => $"c{i}"));
    }

    [TestCase(1)]
    [TestCase(40)]
    public async Task A_device_has_as_many_unanswered_commands_as_it_announces(int maxCommands)
    {
        _home.Registry.Put(InMemoryRegistry.Describe(
            $$"""
            {"schema":1,"type":"light","id":"lamp","name":"Hall lamp","max_commands":{{maxCommands}},"entities":[
              {"key":"on","platform":"switch","name":"On"}]}
            """));
        var release = new TaskCompletionSource();
        await AnswerAsync(async _ =>
        {
            await release.Task;
            return """{"ok":true}""";
        });
        var running = Enumerable.Range(0, 50).Select(_ => ExecuteAsync("on", "turn_on", deadline: TimeSpan.FromSeconds(50)).AsTask())
            .ToArray();
        await Eventually.TrueAsync(() => _asked.Count == maxCommands, "as many are unanswered");
        running.ShouldAllBe(command => !command.IsCompleted);
        release.SetResult();
        (await Task.WhenAll(running)).ShouldAllBe(outcome => outcome.Ok);
        _asked.Count.ShouldBe(50);
    }

    [Test]
    public async Task A_command_whose_turn_does_not_come_before_its_deadline_is_not_sent()
    {
        var release = new TaskCompletionSource();
        await AnswerAsync(async _ =>
        {
            await release.Task;
            return """{"ok":true}""";
        });
        var busy = Enumerable.Range(0, 16).Select(_ => ExecuteAsync("on", "turn_on", deadline: TimeSpan.FromSeconds(50)).AsTask()).ToArray();
        var outcome = await ExecuteAsync("slow", "turn_on", id: "late");
        (outcome.Code, outcome.Retryable).ShouldBe((CommandCodes.Busy, true));
        outcome.Message.ShouldBe("Hall lamp was busy with earlier commands for 1 s; this one was not sent.");
        release.SetResult();
        (await Task.WhenAll(busy)).ShouldAllBe(one => one.Ok);
        (await ExecuteAsync("on", "turn_on")).Ok.ShouldBeTrue();
        _asked.ShouldNotContain(asked => asked.GetProperty("id").GetString() == "late");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task When_the_link_is_lost_after_sending_the_outcome_is_unknown_unless_it_may_be_repeated(bool mayRepeat)
    {
        var asked = 0;
        await AnswerAsync(async _ =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                _home.KillServer();
                await Task.Delay(Timeout.Infinite, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return """{"ok":true}""";
        });
        var outcome = await ExecuteAsync("on", "turn_on", id: "same", deadline: TimeSpan.FromSeconds(20), allowRetry: mayRepeat);
        if (mayRepeat)
        {
            outcome.Ok.ShouldBeTrue($"{outcome.Code} {outcome.Message}");
            _asked.Select(a => a.GetProperty("id").GetString()).Distinct().ShouldBe(["same"]);
        }
        else
        {
            outcome.Code.ShouldBe(CommandCodes.UnknownOutcome);
            outcome.Retryable.ShouldBeFalse();
        }
    }

    private ValueTask<CommandOutcome> ExecuteAsync(
        string entity, string action, string parameters = "{}", string? id = null, TimeSpan? deadline = null, bool allowRetry = false) =>
        _home.Commands.ExecuteAsync(
            new CommandRequest
            {
                Entity = new EntityId(Lamp, entity),
                Action = action,
                Params = JsonDocument.Parse(parameters).RootElement,
                Id = id,
                Deadline = deadline,
                Origin = "test",
                UserId = "u1",
                AllowRetry = allowRetry,
            },
            CancellationToken.None);

    private Task AnswerAsync(Func<JsonElement, string[]> answers) => ListenAsync(async (message, command) =>
    {
        foreach (var answer in answers(command))
        {
            await ReplyAsync(message, answer);
        }
    });

    private Task AnswerAsync(Func<JsonElement, Task<string>> answer) => ListenAsync(async (message, command) => await ReplyAsync(message, await answer(command)));

    private ValueTask ReplyAsync(NatsMsg<byte[]> message, string answer) =>
        _home.Device.PublishAsync(message.ReplyTo!, Encoding.UTF8.GetBytes(answer), serializer: NatsRawSerializer<byte[]>.Default);

    /// <summary>An empty answer with headers that no client would write, over a bare socket.</summary>
    private async Task ReplyBareAsync(string replyTo, string headers)
    {
        var server = new Uri(_home.Device.Opts.Url);
        using var socket = new TcpClient(server.Host, server.Port);
        await using var stream = socket.GetStream();

        // As the sidecar's own user: only the connection that received the command may answer it without credentials.
        var (user, password) = _home.Home.Get<IEmbeddedServer>().Access.Home;
        var login = $"\"user\":\"{user}\",\"pass\":\"{password}\"";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"CONNECT {{\"headers\":true,\"verbose\":false,{login}}}\r\nHPUB {replyTo} {headers.Length} {headers.Length}\r\n{headers}\r\nPING\r\n"));
        using var lines = new StreamReader(stream);
        while (await lines.ReadLineAsync(_end.Token) is { } line && line != "PONG")
        {
        }
    }

    private async Task ListenAsync(Func<NatsMsg<byte[]>, JsonElement, Task> handle)
    {
        var subscription = await _home.Device.SubscribeCoreAsync("home.devices.light.lamp.set", serializer: NatsRawSerializer<byte[]>.Default);
        await _home.Device.PingAsync();
        _ = HandleAllAsync();

        async Task HandleAllAsync()
        {
            await foreach (var message in subscription.Msgs.ReadAllAsync(_end.Token))
            {
                var command = JsonDocument.Parse(message.Data!).RootElement;
                _asked.Enqueue(command);
                _ = handle(message, command);
            }
        }
    }

    private static string? Text(ReadOnlyMemory<byte>? json) => json is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;
}
