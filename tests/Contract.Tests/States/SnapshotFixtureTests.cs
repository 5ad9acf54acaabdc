using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.States;

internal sealed class SnapshotFixtureTests
{
    private static IEnumerable<string> Names => Fixtures.Names("snapshots");

    [TestCaseSource(nameof(Names))]
    public void A_snapshot_is_read_as_its_fixture_says(string name)
    {
        var fixture = Fixtures.Json("snapshots/" + name);
        var sink = new Recorder();
        StateReader.ReadSnapshot(Devices.Read(Fixtures.Text(fixture["announcement"])), Fixtures.Payload(fixture), sink);
        if (Fixtures.Write)
        {
            fixture["values"] = sink.Values;
            fixture["problems"] = sink.Problems;
            fixture["undeclared"] = sink.Undeclareds;
            Fixtures.Save("snapshots/" + name, fixture);
        }

        Fixtures.Text(sink.Values).ShouldBe(Fixtures.Text(fixture["values"]));
        Fixtures.Text(sink.Problems).ShouldBe(Fixtures.Text(fixture["problems"]));
        Fixtures.Text(sink.Undeclareds).ShouldBe(Fixtures.Text(fixture["undeclared"]));
    }

    private sealed class Recorder : ISnapshotSink
    {
        private StateMemory _memory;

        public JsonObject Values { get; } = [];

        public JsonArray Problems { get; } = [];

        public JsonArray Undeclareds { get; } = [];

        public ref StateMemory MemoryOf(EntityDescription entity) => ref _memory;

        public void Value(EntityDescription entity, ReadOnlySpan<byte> normalised) =>
            Values[entity.Key] = JsonNode.Parse(normalised);

        public void Problem(EntityDescription? entity, StateProblem problem) =>
            Problems.Add(
                (JsonNode)new JsonObject { ["entity"] = entity?.Key, ["path"] = problem.Path, ["message"] = problem.Message });

        public void Undeclared(ReadOnlySpan<byte> key) => Undeclareds.Add((JsonNode?)Encoding.UTF8.GetString(key));
    }
}
