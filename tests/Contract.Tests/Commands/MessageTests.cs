using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Commands;

internal sealed class MessageTests
{
    private const string Id = "01JCZ0000000000000000000AA";
    private static readonly byte[] Bad = """{"schema":1,"type":"*"}"""u8.ToArray();
    private static readonly CommandContext Context = new("home_assistant", "01JCZ0000000000000000000BB", "4f1c");
    private static readonly DateTimeOffset At = new(2026, 11, 21, 11, 0, 0, 123, TimeSpan.FromHours(1));

    private static IEnumerable<TestCaseData> Messages =>
        Written().Select(
            m => new TestCaseData(m.Name, m.Write) { TestName = $"The_message_{m.Name}_is_written_as_its_fixture_says" });

    [TestCaseSource(nameof(Messages))]
    public void A_message_is_written_as_its_fixture_says(string name, Action<IBufferWriter<byte>> write)
    {
        var json = RawJson.From(write);
        var fixture = Fixtures.Json($"messages/{name}.json");
        if (Fixtures.Write)
        {
            fixture["message"] = JsonNode.Parse(json.Utf8.Span);
            Fixtures.Save($"messages/{name}.json", fixture);
        }

        Fixtures.Text(json.Utf8.Span).ShouldBe(Fixtures.Text(fixture["message"]));
        new SchemaFolder().Refuse($"{fixture["schema"]}.schema.json", fixture["message"]).ShouldBeNull();
    }

    [Test]
    public void A_device_reads_the_command_that_was_written()
    {
        var json = RawJson.From(Command().Write);
        CommandEnvelope.TryRead(json.Utf8.Span, out var read, out _).ShouldBeTrue();
        read!.Params.GetProperty("temperature").GetDouble().ShouldBe(21.5);
        (read with { Params = default }).ShouldBe(Command() with { Params = default });
    }

    [Test]
    public void A_command_without_deadline_and_context_has_the_default_ones()
    {
        var payload = """{"id":"one","entity":"light","action":"turn_on"}"""u8;
        CommandEnvelope.TryRead(payload, out var read, out _).ShouldBeTrue();

        read!.DeadlineMs.ShouldBe(5000);
        read.Context.ShouldBe(new CommandContext());
    }

    [TestCase("""{"id":null,"entity":"light","action":"turn_on"}""")]
    [TestCase("""{"id":"one","entity":"light","action":null}""")]
    [TestCase("""{"id":"one","entity":null,"action":"turn_on"}""")]
    [TestCase("""{"id":"one","entity":"light","action":"turn_on","context":null}""")]
    public void A_command_with_a_null_in_it_is_refused(string payload) =>
        CommandEnvelope.TryRead(Encoding.UTF8.GetBytes(payload), out _, out _).ShouldBeFalse();

    [TestCase("switch", "turn_on", true)]
    [TestCase("climate", "set_temperature", true)]
    [TestCase("button", "press", false)]
    [TestCase("lock", "open", false)]
    [TestCase("lock", "unlock", true)]
    [TestCase("camera", "get_image", true)]
    [TestCase("switch", "explode", false)]
    [TestCase("hologram", "turn_on", false)]
    public void Only_a_known_action_that_changes_nothing_the_second_time_is_idempotent(
        string platform, string action, bool expected) =>
        CommandActions.IsIdempotent(platform, action).ShouldBe(expected);

    private static (string Name, Action<IBufferWriter<byte>> Write)[] Written() =>
    [
        ("command", Command().Write),
        ("command.smallest", new CommandEnvelope
        {
            Id = Id, Entity = "relay", Action = "turn_on", DeadlineMs = 5000, Context = new CommandContext("automation"),
        }.Write),
        ("audit.ok", Audit().Write),
        ("audit.error", (Audit() with { Code = CommandCodes.Timeout, Milliseconds = 5000.25 }).Write),
        ("audit.action", (Audit() with
        {
            Entity = null, Action = "light.turn_on", Context = Context with { Origin = "nats" },
            Params = JsonElement.Parse("""{"target":{"entity_id":"light.hall"},"data":{"brightness":120}}"""u8),
        }).Write),
        ("rejected", o => AnnounceReply.WriteRejected(o, AnnouncementReader.Read(Bad), "home.discovery.announce", Bad, At)),
        ("state_changed", o => o.Write(Report().Items[0].Payload.Span)),
    ];

    private static CommandEnvelope Command() => new()
    {
        Id = Id, Entity = "heating", Action = "set_temperature", Params = JsonElement.Parse("""{"temperature":21.5}"""u8),
        DeadlineMs = 5000, Context = Context,
    };

    private static AuditRecord Audit() => new()
    {
        Id = Id, Entity = "heating", Action = "set_temperature", Params = JsonElement.Parse("""{"temperature":21.5}"""u8),
        Context = Context, Milliseconds = 12.3456, At = At,
    };

    private static ReportCall Report()
    {
        var arguments = Fixtures.Json("protocol/report.arguments.json")["arguments"]!.AsArray();
        ReportCall.TryRead(
            (long)arguments[0]!, JsonElement.Parse(Fixtures.Text(arguments[1])), out var report, out _).ShouldBeTrue();
        return report!;
    }
}
