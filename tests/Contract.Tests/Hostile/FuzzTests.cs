using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Hostile;

/// <summary>Whatever is read, no reader throws, and what is written is valid.</summary>
internal sealed class FuzzTests
{
    private static readonly ClientSubjects Rules = new(new HomeSubjects("home"));

    private const int Rounds = 2500;

    [Test]
    public void A_broken_announcement_is_refused_or_brought_into_normal_form([Range(1, 3)] int seed)
    {
        var mutator = new Mutator(seed, [.. Fixtures.Names("announce").Select(n => Fixtures.Bytes("announce/" + n))]);
        for (var i = 0; i < Rounds; i++)
        {
            var message = mutator.Next();
            Explain(message, () =>
            {
                var result = AnnouncementReader.Read(message);
                result.Errors.Length.ShouldBeLessThanOrEqualTo(100);
                result.Warnings.Length.ShouldBeLessThanOrEqualTo(100);
                AnnounceReply.Write(new ArrayBufferWriter<byte>(), result, 7);
                AnnounceReply.WriteRejected(
                    new ArrayBufferWriter<byte>(), result, "home.discovery.announce", message, DateTimeOffset.UnixEpoch);
                if (result.Device is { } device)
                {
                    AnnouncementReader.Read(device.Json.Span).Device!.Json.Span.SequenceEqual(device.Json.Span).ShouldBeTrue();
                }

                DeviceDescription.TryFromStored(message, out _);
                RemoveRequest.TryRead(message, out _, out _);
            });
        }
    }

    [Test]
    public void A_broken_state_is_read_as_one_valid_value([Range(1, 3)] int seed)
    {
        var fixtures = Fixtures.OfPlatforms("states").Select(Fixtures.Json).ToArray();
        var entities = fixtures.Select(f => Devices.Entity(f["description"]!)).ToArray();
        var mutator = new Mutator(seed, [.. Payloads(fixtures).Where(p => p.Length < 1000)]);
        for (var i = 0; i < Rounds * 2; i++)
        {
            var payload = mutator.Next();
            var entity = entities[i % entities.Length];
            Explain(payload, () =>
            {
                var output = new ArrayBufferWriter<byte>();
                var memory = default(StateMemory);
                var problems = StateReader.Normalise(entity, payload, output, ref memory);
                using var document = JsonDocument.Parse(output.WrittenMemory);
                StrictJson.FirstInvalid(document.RootElement, "").ShouldBeNull();
                if (entity.HasState)
                {
                    IsNormalForm(entity, output.WrittenSpan);
                }

                foreach (var problem in problems)
                {
                    problem.Path.ShouldStartWith(entity.Key);
                    problem.Message.Length.ShouldBeInRange(1, 2000);
                }
            });
        }
    }

    [Test]
    public void A_broken_snapshot_gives_every_entity_one_value([Range(1, 3)] int seed)
    {
        var device = Devices.Read(Fixtures.Text(Fixtures.Json("announce/valid/contract_example.json")));
        var mutator = new Mutator(
            seed, [.. Fixtures.Names("snapshots").Select(n => Fixtures.Payload(Fixtures.Json("snapshots/" + n)))]);
        for (var i = 0; i < Rounds; i++)
        {
            var payload = mutator.Next();
            Explain(payload, () =>
            {
                var sink = new LastValues();
                StateReader.ReadSnapshot(device, payload, sink);
                sink.Values.Keys.ShouldBe(["temperature", "heating"], ignoreOrder: true);
            });
        }
    }

    [Test]
    public void A_broken_event_heartbeat_or_reply_is_answered_without_an_exception([Range(1, 3)] int seed)
    {
        var bell = Devices.Entity("""{"key":"bell","platform":"event","event_types":["ring","1"]}""");
        var weather = Devices.Entity("""{"key":"w","platform":"weather","supported_features":["forecast_daily"]}""");
        string[] sources =
        [
            "events/doorbell.json", "health/reports.json", "replies/done.json", "replies/errors.json", "replies/rubbish.json",
            "platforms/weather/responses.json",
        ];
        var mutator = new Mutator(seed, [.. Payloads(sources.Select(Fixtures.Json)).Where(p => p.Length < 2000)]);
        for (var i = 0; i < Rounds; i++)
        {
            var payload = mutator.Next();
            Explain(payload, () =>
            {
                if (EventReader.TryRead(bell, payload, out var reading, out _))
                {
                    JsonNode.Parse(reading.Attributes.Span).ShouldBeOfType<JsonObject>();
                }

                HealthReader.Read(payload);
                var reply = CommandReplyReader.Read(payload, hasStatusHeader: false);
                (reply.Message?.Length ?? 0).ShouldBeLessThanOrEqualTo(1001);
                reply = ResponseReader.Check(weather, "get_forecasts", reply, out _);
                (reply.Ok ? JsonNode.Parse(reply.Response!.Value.Span)!["forecast"] : null)?.ShouldBeOfType<JsonArray>();
                CommandEnvelope.TryRead(payload, out _, out _);
            });
        }
    }

    [Test]
    public void Broken_arguments_of_the_hub_are_answered_without_an_exception([Range(1, 3)] int seed)
    {
        var lamp = Devices.Entity("""
            {"key":"l","platform":"light","supported_color_modes":["hs","color_temp"],
             "effect_list":["a"],"supported_features":["flash"]}
            """);
        var arguments = Fixtures.Names("protocol").Select(n => Fixtures.Json("protocol/" + n)["arguments"]).OfType<JsonArray>();
        var commands = Fixtures.OfPlatforms("commands")
            .SelectMany(n => Fixtures.Json(n)["cases"]!.AsArray())
            .Select(c => c!["params"]);
        var mutator = new Mutator(seed, [.. arguments.Concat(commands).Select(a => Encoding.UTF8.GetBytes(Fixtures.Text(a)))]);
        var read = 0;
        for (var i = 0; i < Rounds * 2; i++)
        {
            var payload = mutator.Next();
            if (!TryParse(payload, out var argument))
            {
                continue;
            }

            read++;
            var first = argument.ValueKind == JsonValueKind.Array && argument.GetArrayLength() > 0 ? argument[0] : argument;
            Explain(payload, () =>
            {
                HelloRequest.TryRead(first, out _, out _);
                ListenRequest.TryRead(first, out _, out _);
                CommandCall.TryRead(first, out _, out _);
                MessageCall.TryRead(first, Rules, out _, out _);
                SubscribeCall.TryRead(first, Rules, out _, out _);
                ReportCall.TryRead(1, argument, out _, out _);
                CommandChecker.Check(lamp, "turn_on", argument);
                CommandChecker.Check(lamp, Encoding.UTF8.GetString(payload), default);
            });
        }

        read.ShouldBeGreaterThan(Rounds / 20);
    }

    [TestCase("(.*a.{20}|.*b.{20}|.*c.{20}|.*d.{20}|.*x)")]
    [TestCase("(.*[ab].{60})")]
    [TestCase("((([ab]{0,9}){0,9}){0,9})*")]
    [TestCase("(a|a?)+")]
    public void A_device_cannot_stop_the_sidecar_with_a_thousand_patterns_of_which_no_two_are_the_same(string pattern)
    {
        var entities = Enumerable.Range(0, 1_000)
            .Select(i => $$"""{"key":"t{{i}}","platform":"text","pattern":"{{pattern}}{{i}}"}""");
        var announcement = Encoding.UTF8.GetBytes(
            $$"""{"schema":1,"type":"t","id":"i","entities":[{{string.Join(',', entities)}}]}""");
        var random = new Random(1);
        var sink = new LastValues();
        var started = System.Diagnostics.Stopwatch.StartNew();

        var device = AnnouncementReader.Read(announcement).Device!;
        for (var i = 0; i < 10; i++)
        {
            StateReader.ReadSnapshot(device, Snapshot(), sink);
        }

        // A few seconds at most on a busy machine; without limits it is minutes.
        started.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        sink.Values.Count.ShouldBe(device.Entities.Length);

        byte[] Snapshot()
        {
            var members = device.Entities.Select(
                e => $"\"{e.Key}\":\"{string.Create(255, random, (text, r) => r.GetItems("abcd", text))}\"");
            return Encoding.UTF8.GetBytes($"{{{string.Join(',', members)}}}");
        }
    }

    private static IEnumerable<byte[]> Payloads(IEnumerable<JsonNode> fixtures) =>
        fixtures.SelectMany(f => f["cases"]!.AsArray()).Select(c => Fixtures.Payload(c!));

    private static void IsNormalForm(EntityDescription entity, ReadOnlySpan<byte> normalised)
    {
        var again = new ArrayBufferWriter<byte>();
        var memory = default(StateMemory);
        StateReader.Normalise(entity, normalised, again, ref memory).ShouldBeEmpty();
        again.WrittenSpan.SequenceEqual(normalised).ShouldBeTrue(Encoding.UTF8.GetString(again.WrittenSpan));
    }

    private static bool TryParse(byte[] json, out JsonElement element)
    {
        try
        {
            element = JsonElement.Parse(json);
            return true;
        }
        catch (JsonException)
        {
            element = default;
            return false;
        }
    }

    private static void Explain(byte[] message, Action test)
    {
        try
        {
            test();
        }
        catch (Exception e)
        {
            throw new AssertionException($"{Convert.ToBase64String(message)}\n{Encoding.UTF8.GetString(message)}\n{e}", e);
        }
    }

    private sealed class LastValues : ISnapshotSink
    {
        private StateMemory _memory;

        public Dictionary<string, string> Values { get; } = [];

        public ref StateMemory MemoryOf(EntityDescription entity) => ref _memory;

        public void Value(EntityDescription entity, ReadOnlySpan<byte> normalised) =>
            Values[entity.Key] = Encoding.UTF8.GetString(normalised);

        public void Problem(EntityDescription? entity, StateProblem problem) => problem.Message.ShouldNotBeEmpty();

        public void Undeclared(ReadOnlySpan<byte> key) => key.Length.ShouldBeLessThan(10_000);
    }
}
