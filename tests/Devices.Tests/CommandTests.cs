using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Devices.Tests.Support;
using HaNatsBridge.Tests.Support;

namespace HaNatsBridge.Devices.Tests;

[TestFixture(NatsServerVersion.Newest)]
internal sealed class CommandTests(NatsServerVersion version) : DeviceFixture(version)
{
    private const string Desk = "lamp.desk";
    private Device _lamp = null!;

    [SetUp]
    public async Task StartLamp()
    {
        await StartHomeAsync();
        _lamp = new Device(Lamp());
        Run(_lamp);
        await Home.SeenAsync("home.discovery.announce");
    }

    [Test]
    public async Task A_handler_gets_the_command_and_its_state_is_published_before_the_reply()
    {
        DeviceCommand? seen = null;
        _lamp.OnCommand("light", async (command, token) =>
        {
            seen = command;
            await _lamp.PublishStateAsync("light", new { state = "on", brightness = command.Get<int>("brightness") }, token);
        });
        await using var states = await Home.SubscribeAsync("home.devices.lamp.desk.state.light");

        var answer = await Home.SendAsync(Desk, "light", "turn_on", new { brightness = 12 });

        Encoding.UTF8.GetString(answer.Data!).ShouldBe("""{"ok":true}""");
        states.Msgs.TryRead(out var state).ShouldBeTrue("the state came before the reply");
        state.Data.ShouldBe("""{"state":"on","brightness":12}""");
        seen.ShouldNotBeNull().Action.ShouldBe("turn_on");
        seen.Entity.ShouldBe("light");
        seen.Context.Origin.ShouldBe("test");
        seen.Remaining.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(5));
    }

    [Test]
    public async Task What_belongs_to_a_command_afterwards_holds_up_its_answer_and_not_the_next_command()
    {
        var proof = new TaskCompletionSource();
        _lamp.OnCommand((command, _) =>
        {
            command.Afterwards = command.Action != "turn_on" ? null : async token =>
            {
                await proof.Task.WaitAsync(token);
                command.Confirmed = true;
            };
            return Task.CompletedTask;
        });

        var first = Home.SendAsync(Desk, "light", "turn_on");
        Encoding.UTF8.GetString((await Home.SendAsync(Desk, "light", "turn_off")).Data!).ShouldBe("""{"ok":true}""");

        first.IsCompleted.ShouldBeFalse();
        proof.SetResult();
        Encoding.UTF8.GetString((await first).Data!).ShouldBe("""{"ok":true,"confirmed":true}""");
    }

    [Test]
    public async Task Preview_and_response_are_in_the_reply()
    {
        _lamp.OnCommand((command, _) =>
        {
            command.Preview = new { state = "on" };
            command.Response = new { watts = 4.5 };
            return Task.CompletedTask;
        });

        var reply = CommandReplyReader.Read((await Home.SendAsync(Desk, "light", "turn_on")).Data, hasStatusHeader: false);

        reply.Ok.ShouldBeTrue();
        Encoding.UTF8.GetString(reply.State!.Value.Span).ShouldBe("""{"state":"on"}""");
        Encoding.UTF8.GetString(reply.Response!.Value.Span).ShouldBe("""{"watts":4.5}""");
    }

    [Test]
    public async Task A_picture_is_the_whole_reply()
    {
        byte[] picture = [0xFF, 0xD8, 0, 1];
        _lamp.OnCommand((command, _) =>
        {
            command.Image = picture;
            return Task.CompletedTask;
        });

        (await Home.SendAsync(Desk, "light", "get_image")).Data.ShouldBe(picture);
    }

    [Test]
    public async Task The_person_reads_why_a_command_was_refused()
    {
        _lamp.OnCommand((_, _) => throw CommandException.Busy("The lamp is cleaning itself"));

        var error = await ErrorAsync("light", "turn_on");

        error.Code.ShouldBe("BUSY");
        error.Message.ShouldBe("The lamp is cleaning itself");
    }

    [Test]
    public async Task A_failing_handler_is_an_internal_error_and_the_next_command_is_served()
    {
        _lamp.OnCommand("light", (command, _) =>
            command.Action == "turn_on" ? throw new InvalidDataException("secret") : Task.CompletedTask);

        var error = await ErrorAsync("light", "turn_on");

        error.Code.ShouldBe("INTERNAL_ERROR");
        error.Message.ShouldNotContain("secret");
        (await Home.CommandAsync(Desk, "light", "turn_off")).GetProperty("ok").GetBoolean().ShouldBeTrue();
    }

    [TestCase("light", "INVALID_COMMAND", "takes no commands")]
    [TestCase("nothing", "INVALID_COMMAND", "no entity nothing")]
    public async Task A_command_that_nothing_handles_is_refused(string entity, string code, string message)
    {
        _lamp.OnCommand("power", (_, _) => Task.CompletedTask);

        var error = await ErrorAsync(entity, "turn_on");

        error.Code.ShouldBe(code);
        error.Message.ShouldContain(message);
    }

    [Test]
    public async Task A_parameter_that_is_missing_or_of_another_type_is_refused_by_name()
    {
        _lamp.OnCommand((command, _) =>
        {
            command.TryGet<int>("brightness", out var brightness);
            command.Response = new { brightness, effect = command.Get<string>("effect") };
            return Task.CompletedTask;
        });

        (await ErrorAsync("light", "turn_on", new { brightness = "much", effect = "candle" }))
            .ShouldBe(("INVALID_PARAMETER", "brightness is missing or wrong"));
        (await ErrorAsync("light", "turn_on", new { brightness = (int?)null }))
            .ShouldBe(("INVALID_PARAMETER", "effect is missing or wrong"));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{\"id\": 3}")]
    public async Task Rubbish_is_answered_and_harms_nothing(string payload)
    {
        var answer = await Home.RequestAsync("home.devices.lamp.desk.set", Encoding.UTF8.GetBytes(payload));

        CommandReplyReader.Read(answer.Data, hasStatusHeader: false).Code.ShouldBe("INVALID_COMMAND");
    }

    [Test]
    public async Task The_same_id_again_gets_the_same_answer_and_is_executed_once()
    {
        var executed = 0;
        _lamp.OnCommand((command, _) =>
        {
            command.Response = new { number = ++executed };
            return Task.CompletedTask;
        });

        var first = await Home.SendAsync(Desk, "light", "toggle", id: "one");
        var second = await Home.SendAsync(Desk, "light", "toggle", id: "one");
        await Home.SendAsync(Desk, "light", "toggle", id: "two");

        second.Data.ShouldBe(first.Data);
        executed.ShouldBe(2);
    }

    [Test]
    public async Task A_large_answer_is_not_remembered_but_neither_is_the_command_executed_again()
    {
        var executed = 0;
        _lamp.OnCommand((command, _) =>
        {
            executed++;
            command.Response = new string('x', 100_000);
            return Task.CompletedTask;
        });

        await Home.SendAsync(Desk, "light", "read", id: "one");
        var second = await Home.SendAsync(Desk, "light", "read", id: "one");

        Encoding.UTF8.GetString(second.Data!).ShouldBe("""{"ok":true}""");
        executed.ShouldBe(1);
    }

    [Test]
    public async Task Commands_to_one_device_are_carried_out_in_their_order_and_those_to_another_beside_them()
    {
        var order = new List<string>();
        var go = new TaskCompletionSource();
        _lamp.OnCommand(async (command, _) =>
        {
            await go.Task;
            order.Add(command.Id);
        });
        var other = new Device(new DeviceDescription("lamp", "hall").With("light", "light"));
        other.OnCommand((_, _) => Task.CompletedTask);
        Connection.Add(other);
        await Eventually.TrueAsync(() => other.LastReply is not null, "the other one is there");

        var commands = Enumerable.Range(0, 10)
            .Select(number => Home.SendAsync(Desk, "light", "toggle", id: $"{number}"))
            .ToArray();
        await Home.SendAsync("lamp.hall", "light", "toggle");
        order.ShouldBeEmpty();
        go.SetResult();
        await Task.WhenAll(commands);

        order.ShouldBe(Enumerable.Range(0, 10).Select(number => $"{number}"));
    }

    [Test]
    public async Task A_handler_is_cancelled_when_its_caller_no_longer_waits()
    {
        _lamp.OnCommand((_, token) => Task.Delay(Timeout.Infinite, token));

        (await ErrorAsync("light", "turn_on", deadline: 50)).Code.ShouldBe("TIMEOUT");
    }

    [Test]
    public async Task A_deadline_beyond_all_reason_is_shortened()
    {
        _lamp.OnCommand((command, _) =>
        {
            command.Response = command.Remaining.TotalMinutes;
            return Task.CompletedTask;
        });

        var answer = await Home.SendAsync(Desk, "light", "read", deadline: long.MaxValue);

        JsonElement.Parse(answer.Data).GetProperty("response").GetDouble().ShouldBe(10, tolerance: 0.1);
    }

    [Test]
    public async Task A_command_whose_caller_gave_up_while_it_waited_is_not_carried_out()
    {
        var executed = new List<string>();
        var go = new TaskCompletionSource();
        _lamp.OnCommand(async (command, _) =>
        {
            executed.Add(command.Id);
            await go.Task;
        });

        var first = Home.SendAsync(Desk, "light", "toggle", id: "first");
        await Eventually.TrueAsync(() => executed.Count == 1, "the first is in progress");
        var second = Home.SendAsync(Desk, "light", "toggle", id: "late", deadline: 0);
        go.SetResult();

        await first;
        JsonElement.Parse((await second).Data).GetProperty("error").GetProperty("code").GetString().ShouldBe("TIMEOUT");
        executed.ShouldBe(["first"]);
    }

    [Test]
    public async Task More_commands_than_a_device_can_remember_are_refused_as_busy()
    {
        var go = new TaskCompletionSource();
        _lamp.OnCommand((_, _) => go.Task);

        var commands = Enumerable.Range(0, 80).Select(_ => Home.SendAsync(Desk, "light", "toggle")).ToArray();
        var refused = await await Task.WhenAny(commands);
        await Eventually.TrueAsync(() => commands.Count(command => command.IsCompleted) >= 15, "all have come");
        go.SetResult();
        var answers = await Task.WhenAll(commands);

        JsonElement.Parse(refused.Data).GetProperty("error").GetProperty("code").GetString().ShouldBe("BUSY");
        answers.Count(answer => Encoding.UTF8.GetString(answer.Data!) == """{"ok":true}""").ShouldBeInRange(64, 65);
    }

    [Test]
    public async Task A_device_takes_as_many_commands_at_once_as_it_announces()
    {
        var go = new TaskCompletionSource();
        _lamp.OnCommand((_, _) => go.Task);
        _lamp.Describe(new DeviceDescription("lamp", "desk", new { max_commands = 200 }).With("light", "light"));

        var commands = Enumerable.Range(0, 200).Select(_ => Home.SendAsync(Desk, "light", "toggle")).ToArray();
        go.SetResult();

        (await Task.WhenAll(commands)).ShouldAllBe(answer => Encoding.UTF8.GetString(answer.Data!) == """{"ok":true}""");
    }

    [Test]
    public async Task A_configuration_is_applied_or_refused()
    {
        var device = new Device(new DeviceDescription("node", "one"));
        device.OnConfig((config, _) =>
            config.Config.GetProperty("pace").GetInt32() > 0 ? Task.CompletedTask : throw CommandException.Parameter("pace"));
        Connection.Add(device);
        await Eventually.TrueAsync(() => device.LastReply is not null, "it is there");

        var good = await Home.RequestAsync("home.devices.node.one.config", new { revision = 4, config = new { pace = 3 } });
        var bad = await Home.RequestAsync("home.devices.node.one.config", new { revision = 5, config = new { pace = 0 } });
        var none = await Home.RequestAsync("home.devices.node.one.config", new { revision = "x" });

        Encoding.UTF8.GetString(good.Data!).ShouldBe("""{"ok":true,"applied_revision":4}""");
        JsonElement.Parse(bad.Data).GetProperty("error").GetProperty("code").GetString().ShouldBe("INVALID_PARAMETER");
        JsonElement.Parse(none.Data).GetProperty("ok").GetBoolean().ShouldBeFalse();
    }

    private async Task<(string Code, string Message)> ErrorAsync(
        string entity, string action, object? parameters = null, int deadline = 5000)
    {
        var answer = await Home.SendAsync(Desk, entity, action, parameters, deadline: deadline);
        var reply = CommandReplyReader.Read(answer.Data, hasStatusHeader: false);
        return (reply.Code!, reply.Message!);
    }
}
