using System.Buffers;
using System.Text;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.States;

/// <summary>What the hot path costs in memory: nothing for a message, little for an entity.</summary>
internal sealed class CostTests
{
    private const int Messages = 2000;

    /// <summary>Not exactly none: a collection may free a pooled buffer, which is then allocated once more.</summary>
    private const string NotEvenAByte = "less than a byte a message";

    [TestCase("""{"key":"a","platform":"sensor","state_class":"measurement"}""", "21.5")]
    [TestCase("""{"key":"a","platform":"sensor","state_class":"measurement"}""", "\"21.5\"")]
    [TestCase("""{"key":"a","platform":"sensor"}""", "ready")]
    [TestCase("""{"key":"a","platform":"sensor","device_class":"timestamp"}""", "2026-11-21T10:00:00Z")]
    [TestCase("""{"key":"a","platform":"switch"}""", "on")]
    [TestCase("""{"key":"a","platform":"select","options":["eco","fast"]}""", "eco")]
    [TestCase("""{"key":"a","platform":"cover"}""", """{"current_position":55.5}""")]
    [TestCase("""{"key":"a","platform":"lock"}""", "LOCKED")]
    [TestCase(
        """{"key":"a","platform":"light","supported_color_modes":["hs","color_temp"]}""",
        """{"state":"on","color_temp_kelvin":2700}""")]
    [TestCase(
        """{"key":"a","platform":"light","supported_color_modes":["hs"]}""",
        """{"state":"on","brightness":3,"hs_color":[1,2],"extra":{"a":[1,"\u0041"]}}""")]
    public void A_valid_state_is_normalised_without_allocation(string description, string payload)
    {
        var entity = Devices.Entity(description);
        var bytes = Encoding.UTF8.GetBytes(payload);
        var output = new ArrayBufferWriter<byte>(1024);
        Run(entity, bytes, output);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(entity, bytes, output);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(Messages, NotEvenAByte);
    }

    [Test]
    public void A_snapshot_is_read_without_allocation()
    {
        var device = Devices.Read(Fixtures.Text(Fixtures.Json("announce/valid/contract_example.json")));
        var payload = Fixtures.Payload(Fixtures.Json("snapshots/contract_example.json"));
        var sink = new Counter();
        for (var i = 0; i < 10; i++)
        {
            StateReader.ReadSnapshot(device, payload, sink);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Messages; i++)
        {
            StateReader.ReadSnapshot(device, payload, sink);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(Messages, NotEvenAByte);
        sink.Values.ShouldBe(2 * (Messages + 10));
    }

    [Test]
    public void Nine_thousand_entities_fit_into_a_few_megabytes()
    {
        var fixture = Fixtures.Json("announce/valid/every_platform.json");
        var entities = fixture["entities"]!.AsArray();
        var fifty = string.Join(",", Enumerable.Range(0, 50).Select(i =>
        {
            var entity = entities[i % entities.Count]!.DeepClone();
            entity["key"] = $"entity_{i}";
            return Fixtures.Text(entity);
        }));
        var home = new DeviceDescription[180];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < home.Length; i++)
        {
            home[i] = Devices.Read($$"""{"schema":1,"type":"t","id":"device_{{i}}","entities":[{{fifty}}]}""");
        }

        var used = GC.GetTotalMemory(forceFullCollection: true) - before;
        home.Sum(d => d.Entities.Length).ShouldBe(9000);
        TestContext.Out.WriteLine($"{used / 9000} bytes an entity");
        used.ShouldBeLessThan(8 * 1024 * 1024);
        GC.KeepAlive(home);
    }

    private static void Run(EntityDescription entity, byte[] payload, ArrayBufferWriter<byte> output)
    {
        var memory = default(StateMemory);
        for (var i = 0; i < Messages; i++)
        {
            output.ResetWrittenCount();
            if (StateReader.Normalise(entity, payload, output, ref memory).Count > 0)
            {
                throw new InvalidOperationException("not valid");
            }
        }
    }

    private sealed class Counter : ISnapshotSink
    {
        private StateMemory _memory;

        public int Values { get; private set; }

        public ref StateMemory MemoryOf(EntityDescription entity) => ref _memory;

        public void Value(EntityDescription entity, ReadOnlySpan<byte> normalised) => Values++;

        public void Problem(EntityDescription? entity, StateProblem problem) =>
            throw new InvalidOperationException(problem.Message);

        public void Undeclared(ReadOnlySpan<byte> key) => throw new InvalidOperationException("undeclared");
    }
}
