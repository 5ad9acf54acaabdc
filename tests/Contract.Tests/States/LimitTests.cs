using System.Buffers;
using System.Text;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.States;

internal sealed class LimitTests
{
    private static readonly EntityDescription Sensor = Devices.Entity("""{"key":"s","platform":"sensor"}""");

    [Test]
    public void A_state_of_more_than_64_KiB_is_not_even_read() =>
        Read(new string(' ', StateReader.MaxBytes + 1)).Problems.ShouldContain("at most 65536");

    [Test]
    public void A_state_has_at_most_128_members()
    {
        static string With(int members) => "{" + string.Join(",", Enumerable.Range(0, members).Select(i => $"\"a{i}\":1")) + "}";
        Read(With(128)).Problems.ShouldBe("");
        var (value, problems) = Read(With(129));
        problems.ShouldContain("128");
        value.ShouldContain("\"a127\":1");
        value.ShouldNotContain("a128");
    }

    [Test]
    public void The_attributes_of_a_state_have_at_most_16_KiB()
    {
        Read($$"""{"state":"a","blob":"{{new string('x', 16_000)}}"}""").Problems.ShouldBe("");
        var (value, problems) = Read($$"""{"state":"a","first":1,"blob":"{{new string('x', 16_400)}}","last":2}""");
        problems.ShouldContain("16384");
        value.ShouldBe("""{"state":"a","first":1}""");
    }

    [Test]
    public void At_most_ten_problems_of_one_message_are_listed()
    {
        static string With(int wrong) =>
            "{" + string.Join(",", Enumerable.Range(0, wrong).Select(i => $"\"a{i}\":\"\\uD800\"")) + ",\"state\":\"a\"}";
        var (value, problems) = Read(With(100));
        problems.Split('|').Length.ShouldBe(10);
        value.ShouldBe("\"a\"");
    }

    [Test]
    public void A_snapshot_of_more_than_1_MiB_makes_everything_unknown()
    {
        var device = Devices.Of("""{"key":"a","platform":"switch"}""", """{"key":"b","platform":"switch"}""");
        var sink = new Sink();
        StateReader.ReadSnapshot(
            device, Encoding.UTF8.GetBytes("{\"a\":\"on\"" + new string(' ', StateReader.MaxSnapshotBytes) + "}"), sink);
        sink.Seen.ShouldBe(["!", "a=null", "b=null"]);
    }

    [Test]
    public void A_snapshot_of_a_thousand_entities_is_read_at_once()
    {
        var keys = Enumerable.Range(0, 1000).Select(i => $"s{i}").ToArray();
        var device = Devices.Of([.. keys.Select(k => $$"""{"key":"{{k}}","platform":"switch"}""")]);
        var sink = new Sink();
        StateReader.ReadSnapshot(
            device, Encoding.UTF8.GetBytes("{" + string.Join(",", keys.Reverse().Select(k => $"\"{k}\":true")) + "}"), sink);
        sink.Seen.ShouldBe(keys.Reverse().Select(k => $"{k}=\"on\""));
    }

    private static (string Value, string Problems) Read(string payload)
    {
        var memory = default(StateMemory);
        var output = new ArrayBufferWriter<byte>();
        var problems = StateReader.Normalise(Sensor, Encoding.UTF8.GetBytes(payload), output, ref memory);
        return (Encoding.UTF8.GetString(output.WrittenSpan), string.Join('|', problems.Select(problem => problem.Message)));
    }

    private sealed class Sink : ISnapshotSink
    {
        private StateMemory _memory;

        public List<string> Seen { get; } = [];

        public ref StateMemory MemoryOf(EntityDescription entity) => ref _memory;

        public void Value(EntityDescription entity, ReadOnlySpan<byte> normalised) =>
            Seen.Add($"{entity.Key}={Encoding.UTF8.GetString(normalised)}");

        public void Problem(EntityDescription? entity, StateProblem problem) => Seen.Add("!");

        public void Undeclared(ReadOnlySpan<byte> key) => Seen.Add("?");
    }
}
