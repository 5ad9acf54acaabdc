using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Protocol;

internal sealed class ClientArgumentTests
{
    private static readonly ClientSubjects Rules = new(new HomeSubjects("home"));

    private static IEnumerable<TestCaseData> Refused =>
        Fixtures.Json("protocol/invalid_arguments.json")["cases"]!.AsArray().Select(c => new TestCaseData(Fixtures.Text(c)));

    [Test]
    public void Hello_names_the_client()
    {
        HelloRequest.TryRead(Argument("hello.arguments"), out var hello, out _).ShouldBeTrue();
        hello.ShouldNotBeNull();
        (hello with { Capabilities = null }).ShouldBe(new HelloRequest("home_assistant", 1, "9f3c0a1b", "0.1.0", "2026.10.4"));
        hello.Capabilities.ShouldBe(["actions", "states"]);
    }

    [Test]
    public void Listen_says_what_was_seen_last()
    {
        ListenRequest.TryRead(Argument("listen.arguments.first"), out var first, out _).ShouldBeTrue();
        first.ShouldBe(ListenRequest.FromTheStart);
        ListenRequest.TryRead(Argument("listen.arguments.resume"), out var resume, out _).ShouldBeTrue();
        resume.ShouldBe(new ListenRequest("6f0e8d1c2b3a4f55", 118, 4711, "8de2a1c4f3b7000"));
        ListenRequest.TryRead(Argument("listen.arguments.part"), out var part, out _).ShouldBeTrue();
        part!.Devices.ShouldBe(["climate.*", "sensor.hall-?"]);
        part.Except.ShouldBe(["climate.attic"]);
    }

    [Test]
    public void A_command_is_read_with_all_its_members()
    {
        CommandCall.TryRead(Argument("command.arguments"), out var call, out _).ShouldBeTrue();
        call!.Entity.ToString().ShouldBe("climate.hall.heating");
        call.Action.ShouldBe("set_temperature");
        call.Params.GetProperty("temperature").GetDouble().ShouldBe(21.5);
        call.Id.ShouldBe("01JCZ0000000000000000000AA");
        call.Deadline.ShouldBe(TimeSpan.FromMilliseconds(2500));
        call.Context.ShouldBe(new CommandContext("home_assistant", "01JCZ0000000000000000000BB", "4f1c"));
        call.AllowRetry.ShouldBeTrue();
    }

    [Test]
    public void A_command_may_leave_out_what_it_does_not_know()
    {
        CommandCall.TryRead(Argument("command.arguments.smallest"), out var call, out _).ShouldBeTrue();
        (call!.Id, call.Deadline, call.Context.Id, call.Context.UserId, call.AllowRetry).ShouldBe(
            (null, null, null, null, false));
    }

    [Test]
    public void A_report_keeps_its_valid_items_and_names_the_others()
    {
        var arguments = Fixtures.Json("protocol/report.arguments.json")["arguments"]!.AsArray();
        ReportCall.TryRead(
            (long)arguments[0]!, JsonElement.Parse(Fixtures.Text(arguments[1])), out var report, out _).ShouldBeTrue();
        report!.Last.ShouldBe(19);
        report.Items.Select(i => (i.Number, i.IsSystem, i.Domain, i.ObjectId))
            .ShouldBe([(17, false, "sun", "sun"), (18, true, "started", "")]);
        report.Rejected.ShouldBe([new RejectedItem(19, "entity_id: expected domain.object_id")]);
        JsonNode.Parse(report.Items[0].Payload.Span)!["previous"]!.GetValue<string>().ShouldBe("below_horizon");
        Encoding.UTF8.GetString(report.Items[1].Payload.Span).ShouldBe("""{"event":"started","data":{"version":"2026.10.4"}}""");
    }

    [Test]
    public void Forget_names_the_device()
    {
        ForgetCall.TryRead(Argument("forget.arguments"), out var call, out _).ShouldBeTrue();
        call!.Device.ToString().ShouldBe("climate.hall");
    }

    [Test]
    public void A_message_is_read_with_all_its_members()
    {
        MessageCall.TryRead(Argument("publish.arguments"), Rules, out var call, out _).ShouldBeTrue();
        call!.Subject.ShouldBe("garden.pump");
        Encoding.UTF8.GetString(call.Payload.Span).ShouldBe("""{"on":true}""");
        call.Headers.ShouldBe([new MessageHeader("Source", "home")]);
        MessageCall.TryRead(Argument("publish.arguments.smallest"), Rules, out call, out _).ShouldBeTrue();
        (call!.Payload.Length, call.Headers.Length, call.Timeout).ShouldBe((0, 0, MessageCall.DefaultTimeout));
        MessageCall.TryRead(Argument("request.arguments"), Rules, out call, out _).ShouldBeTrue();
        call!.Timeout.ShouldBe(TimeSpan.FromMilliseconds(2500));
        SubscribeCall.TryRead(Argument("subscribe.arguments"), Rules, out var subscribe, out _).ShouldBeTrue();
        subscribe!.Subject.ShouldBe("garden.*.level");
    }

    [TestCase("answer.arguments", HomeAssistantRequestKind.Action, null)]
    [TestCase("answer.arguments.error", HomeAssistantRequestKind.Action, "ACTION_FAILED")]
    [TestCase("answer.arguments.states", HomeAssistantRequestKind.States, null)]
    public void An_answer_becomes_the_reply_to_the_caller_without_secrets(
        string name, HomeAssistantRequestKind kind, string? code)
    {
        var arguments = Fixtures.Json($"protocol/{name}.json")["arguments"]!.AsArray();
        HomeAssistantAnswer.TryRead(kind, JsonElement.Parse(Fixtures.Text(arguments[1])), out var answer, out _).ShouldBeTrue();
        answer!.Code.ShouldBe(code);
        var reply = Encoding.UTF8.GetString(answer.Json.Span);
        reply.ShouldStartWith(code is null ? """{"ok":true,""" : """{"ok":false,"error":{"code":"ACTION_FAILED",""");
        reply.ShouldNotContain("abc");
        reply.ShouldNotContain("last_reported");
        answer.ContextId.ShouldBe(kind == HomeAssistantRequestKind.Action ? "01JCZ0000000000000000000BB" : null);
    }

    [Test]
    public void A_report_has_no_secrets()
    {
        var batch = """
            [{"type":"state_changed","entity_id":"camera.door","state":"idle","previous":"idle",
              "attributes":{"access_token":"abc","entity_picture":"/api/camera_proxy/camera.door?token=abc","brand":"Acme"}},
             {"type":"state_changed","entity_id":"text.code","state":"abc","previous":"unknown","attributes":{"mode":"password"}},
             {"type":"system","event":"started","data":{"token":"abc"}}]
            """;
        ReportCall.TryRead(1, JsonElement.Parse(batch), out var report, out _).ShouldBeTrue();
        var payloads = report!.Items.Select(item => Encoding.UTF8.GetString(item.Payload.Span)).ToArray();
        payloads.ShouldAllBe(payload => !payload.Contains("abc", StringComparison.Ordinal));
        payloads[0].ShouldContain("\"access_token\":\"***\"");
        payloads[0].ShouldContain("/api/camera_proxy/camera.door?token=***");
        payloads[0].ShouldContain("Acme");
        payloads[1].ShouldBe(
            """{"entity_id":"text.code","state":"***","attributes":{"mode":"password"},"previous":"unknown"}""");
    }

    [TestCaseSource(nameof(Refused))]
    public void Arguments_of_the_wrong_shape_are_refused_with_their_code(string test)
    {
        var node = JsonNode.Parse(test)!;
        var arguments = JsonElement.Parse(Fixtures.Text(node["arguments"]));
        ProtocolError? error = null;
        var taken = (string)node["call"]! switch
        {
            "Hello" => HelloRequest.TryRead(arguments[0], out _, out error),
            "Listen" => ListenRequest.TryRead(arguments[0], out _, out error),
            "Command" => CommandCall.TryRead(arguments[0], out _, out error),
            "Forget" => ForgetCall.TryRead(arguments[0], out _, out error),
            "Publish" or "Request" => MessageCall.TryRead(arguments[0], Rules, out _, out error),
            "Subscribe" => SubscribeCall.TryRead(arguments[0], Rules, out _, out error),
            _ => ReportCall.TryRead(arguments[0].GetInt64(), arguments[1], out _, out error),
        };
        taken.ShouldBeFalse();
        error!.Code.ShouldBe((string)node["code"]!);
    }

    [TestCase("""{"name":"x","version":"1","schema":"1","instance":"a"}""", "client.schema: expected {\"name\", ")]
    [TestCase("""{"name":"x","version":"1","instance":"a"}""", "client: expected {\"name\", ")]
    [TestCase("""{"name":"x","version":"1","schema":1,"instance":"\ud800"}""", "client.instance: half a surrogate pair")]
    public void A_refused_hello_names_the_member_and_what_would_be_right(string argument, string message)
    {
        HelloRequest.TryRead(JsonElement.Parse(argument), out _, out var error).ShouldBeFalse();
        error!.Message.ShouldStartWith(message);
    }

    [Test]
    public void A_refused_listen_names_the_member_and_what_would_be_right()
    {
        ListenRequest.TryRead(JsonElement.Parse("""{"since":"now"}"""), out _, out var error).ShouldBeFalse();
        error!.Message.ShouldBe(
            """listen.since: expected {"epoch", "since", "last_event", "event_epoch"} as they were received, or null; """
            + """{"devices", "except"} lists of patterns, or null""");
    }

    private static JsonElement Argument(string name) =>
        JsonElement.Parse(Fixtures.Text(Fixtures.Json($"protocol/{name}.json")["arguments"]![0]));
}
