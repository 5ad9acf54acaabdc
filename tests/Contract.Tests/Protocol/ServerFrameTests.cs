using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Protocol;

internal sealed class ServerFrameTests
{
    private const string Epoch = "6f0e8d1c2b3a4f55";
    private const string CommandId = "01JCZ0000000000000000000AA";

    private static readonly DeviceId Hall = new("climate", "hall");
    private static readonly DateTimeOffset At = new(2026, 11, 21, 10, 0, 0, 123, TimeSpan.Zero);
    private static readonly ImmutableArray<LinkState> Up = [new("nats", true)];

    private static IEnumerable<TestCaseData> Frames =>
        Written().Select(
            f => new TestCaseData(f.Name, f.Write) { TestName = $"The_frame_{f.Name}_is_written_as_its_fixture_says" });

    [TestCaseSource(nameof(Frames))]
    public void A_frame_is_written_as_its_fixture_says(string name, Action<IBufferWriter<byte>> write)
    {
        var json = RawJson.From(write);
        var fixture = Fixtures.Json($"protocol/{name}.json");
        if (Fixtures.Write)
        {
            fixture["json"] = JsonNode.Parse(json.Utf8.Span);
            Fixtures.Save($"protocol/{name}.json", fixture);
        }

        Fixtures.Text(json.Utf8.Span).ShouldBe(Fixtures.Text(fixture["json"]));
    }

    [Test]
    public void Every_server_fixture_is_one_that_the_code_writes()
    {
        var fixtures = Fixtures.Names("protocol").Where(n => (string?)Fixtures.Json("protocol/" + n)["from"] == "server");
        fixtures.ShouldBe(Written().Select(f => f.Name + ".json"), ignoreOrder: true);
    }

    private static (string Name, Action<IBufferWriter<byte>> Write)[] Written() =>
    [
        ("hello.result", o => new HelloResult
        {
            Server = new HelloServer { Version = "0.1.0" }, BridgeId = "k3v9x2qa", Epoch = Epoch, Links = Up,
        }.Write(o)),
        ("hello.error", o => HelloError().WriteResult(o)),
        ("frame.begin", o => ControlFrames.WriteBegin(o, Epoch, 0, true, Up, new EventPosition("8de2a1c4f3b7000", 4711))),
        ("frame.begin.resume", o => ControlFrames.WriteBegin(o, Epoch, 118, false, [new("nats", false), new("history", true)],
            new EventPosition("8de2a1c4f3b7000", 4711))),
        ("frame.batch", o => Batch().Write(o)),
        ("frame.batch.states", o => States().Write(o)),
        ("frame.batch.snapshot", o => Snapshot().Write(o)),
        ("frame.batch.removed", o => Removed().Write(o)),
        ("frame.batch.more", o => More().Write(o)),
        ("frame.batch.pictures", o => Pictures().Write(o)),
        ("frame.end", o => ControlFrames.WriteEnd(o, 131)),
        ("frame.bye", o => ControlFrames.WriteBye(o, ControlFrames.Shutdown(2))),
        ("frame.bye.slow", o => ControlFrames.WriteBye(
            o, new ProtocolError(ProtocolCodes.TooSlow, "nothing was read for 60 s", true))),
        ("command.result", o => new CommandResult
        {
            Id = CommandId,
            Milliseconds = 12.4,
            State = """{"state":"heat","temperature":21.5}"""u8.ToArray(),
            Response = """{"items":[1]}"""u8.ToArray(),
        }.Write(o)),
        ("command.result.smallest", o => new CommandResult { Id = CommandId, Milliseconds = 0.81234 }.Write(o)),
        ("command.result.error", o => new CommandResult
        {
            Id = CommandId,
            Milliseconds = 5000.2,
            Error = new ProtocolError(
                CommandCodes.Timeout, "Hall thermostat did not answer within 5 s.", true,
                new RawJson("""{"reason":"no_answer","seconds":5}"""u8.ToArray())),
        }.Write(o)),
        ("command.error", o => new ProtocolError(
            CommandCodes.InvalidParameter, "params.temperature: expected a number from 5 to 30, got 35").WriteResult(o)),
        ("report.result", o => new ReportCall(17, 18, [], []).WriteResult(o, 18)),
        ("report.result.rejected", o => new ReportCall(
            17, 18, [], [new RejectedItem(19, "entity_id: expected domain.object_id")]).WriteResult(o, 19)),
        ("forget.result", o => ForgetCall.WriteResult(o, removed: true)),
        ("publish.result", MessageFrames.WriteSent),
        ("publish.error", o => MessageErrors.Of(SubjectProblem.Device, "home.devices.lock.front.set").WriteResult(o)),
        ("request.result", o => MessageFrames.WriteReply(o, "42 %"u8.ToArray(), [new("Unit", "percent")])),
        ("request.result.binary", o => MessageFrames.WriteReply(o, (byte[])[0xff, 0xd8], [])),
        ("request.error", o => MessageErrors.NoResponders("garden.level").WriteResult(o)),
        ("subscribe.item.begin", o => MessageFrames.WriteBegin(o, null)),
        ("subscribe.item.begin.last", o => MessageFrames.WriteBegin(
            o, new ClientMessage("garden.level", "42"u8.ToArray(), [new("Unit", "percent")]))),
        ("subscribe.item.message", o => MessageFrames.WriteMessage(
            o, new ClientMessage("garden.well.level", """{"percent":42}"""u8.ToArray(), [new("Source", "well")]))),
        ("subscribe.item.lost", MessageFrames.WriteLost),
        ("subscribe.item.dropped", o => MessageFrames.WriteDropped(o, 3)),
        ("frame.request", o => ControlFrames.WriteRequest(o, "019abc0000000000000000000000000a")),
        ("take.result.action", o => Action().WriteTaken(o, TimeSpan.FromMilliseconds(9950))),
        ("take.result.states", o => States("""{"after":"light.hall"}""").WriteTaken(o, TimeSpan.FromMilliseconds(9950))),
        ("take.result.state", o => OneState().WriteTaken(o, TimeSpan.FromMilliseconds(9950))),
        ("take.error", AnswerCall.Gone.WriteResult),
        ("answer.result", o => AnswerCall.WriteResult(o, delivered: true)),
        ("not_ready", o => new ProtocolError(ProtocolCodes.NotReady, "the bridge is starting", true).WriteResult(o)),
    ];

    private static ProtocolError HelloError()
    {
        var argument = System.Text.Json.JsonElement.Parse("""{"name":"x","version":"1","schema":2,"instance":"a"}"""u8);
        HelloRequest.TryRead(argument, out _, out var error).ShouldBeFalse();
        return error!;
    }

    private static HomeAssistantRequest Action()
    {
        var payload = """{"target":{"entity_id":"light.hall"},"data":{"brightness":120},"return_response":false}"""u8;
        HomeAssistantRequest.TryReadAction("light", "turn_on", payload, out var request, out _).ShouldBeTrue();
        return request!;
    }

    private static HomeAssistantRequest States(string payload)
    {
        HomeAssistantRequest.TryReadStates(System.Text.Encoding.UTF8.GetBytes(payload), out var request, out _).ShouldBeTrue();
        return request!;
    }

    private static HomeAssistantRequest OneState()
    {
        HomeAssistantRequest.TryReadState("light.hall", default, out var request, out _).ShouldBeTrue();
        return request!;
    }

    private static BatchFrame States() => new()
    {
        Seq = 132,
        States =
        [
            new StateEntry(new EntityId(Hall, "temperature"), "21.50"u8.ToArray()),
            new StateEntry(new EntityId(Hall, "heating"), """{"state":"heat","temperature":21}"""u8.ToArray()),
            new StateEntry(new EntityId(Hall, "humidity"), "null"u8.ToArray()),
            new StateEntry(new EntityId(Hall, "window"), "\"unavailable\""u8.ToArray()),
        ],
    };

    private static BatchFrame Pictures() => new()
    {
        Seq = 135,
        Pictures =
        [
            new PictureEntry(new EntityId(new DeviceId("camera", "house"), "porch"), At, "image/png"),
            new PictureEntry(new EntityId(new DeviceId("camera", "house"), "yard"), At, null),
            new PictureEntry(new EntityId(new DeviceId("doorbell", "gate"), "visitor"), null, null),
        ],
    };

    private static BatchFrame Snapshot() => new()
    {
        Seq = 0,
        Devices = [new DeviceEntry(Devices.Of("""{"key":"relay","platform":"switch"}"""), 3, false, At, "lease")],
        Removed = [new DeviceId("switch", "old"), new DeviceId("climate", "attic")],
        States = [new StateEntry(new EntityId(new DeviceId("test", "bench"), "relay"), "\"off\""u8.ToArray())],
    };

    private static BatchFrame More() => new()
    {
        Seq = 134,
        Devices = [new DeviceEntry(Devices.Of("""{"key":"relay","platform":"switch"}"""), 4, true, At, "announced")],
        More = true,
    };

    private static BatchFrame Removed() => new()
    {
        Seq = 133,
        Removed = [Hall],
        Issues = [Duplicate(active: false)],
        Links = [new LinkState("nats", false)],
    };

    private static BatchFrame Batch() => new()
    {
        Seq = 131,
        Devices = [new DeviceEntry(Thermostat().WithHealth(["health_rssi"]), 7, true, At, "announced")],
        Removed = [new DeviceId("switch", "old")],
        Availability = [new AvailabilityEntry(new DeviceId("lock", "front"), false, At, "disconnected")],
        States = [new StateEntry(new EntityId(Hall, "temperature"), "21.5"u8.ToArray())],
        Events = [new EventEntry(4712, new EntityId(Hall, "doorbell"), "ring", default, At)],
        Issues = [Duplicate(active: true, ("device", "climate.hall"))],
        Links = Up,
    };

    private static DeviceDescription Thermostat() =>
        Devices.Read(Fixtures.Text(Fixtures.Json("announce/valid/contract_example.json")));

    private static IssueEntry Duplicate(bool active, params (string Key, string Value)[] placeholders) => new(
        "duplicate_device.climate.hall", "duplicate_device", "warning", placeholders.ToDictionary(p => p.Key, p => p.Value),
        active);
}
