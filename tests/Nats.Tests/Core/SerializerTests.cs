using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using NATS.Client.Core;
using NATS.Net;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

public sealed partial class SerializerTests
{
    [Test]
    public void Bytes_text_and_primitives_survive_the_default_registry()
    {
        RoundTrip(new byte[] { 1, 2, 3 }).ShouldBe([1, 2, 3]);
        RoundTrip(new Memory<byte>([1, 2])).ToArray().ShouldBe([1, 2]);
        RoundTrip(new ReadOnlyMemory<byte>([1, 2])).ToArray().ShouldBe([1, 2]);
        RoundTrip(new ReadOnlySequence<byte>([1, 2])).ToArray().ShouldBe([1, 2]);
        RoundTrip("grün").ShouldBe("grün");
        RoundTrip(true).ShouldBeTrue();
        RoundTrip<int?>(-5).ShouldBe(-5);
        RoundTrip(ulong.MaxValue).ShouldBe(ulong.MaxValue);
        RoundTrip(1.1).ShouldBe(1.1);
        RoundTrip(3.14m).ShouldBe(3.14m);
        RoundTrip(Guid.Empty).ShouldBe(Guid.Empty);
        RoundTrip(TimeSpan.FromMilliseconds(1.5)).ShouldBe(TimeSpan.FromMilliseconds(1.5));
    }

    [Test]
    public void A_type_that_nobody_knows_is_a_typed_error()
    {
        Should.Throw<NatsException>(() => RoundTrip(new Point(1, 2))).Message.ShouldContain("Point");
        Should.Throw<NatsException>(() => NatsDefaultSerializer<int>.Default.Deserialize(new ReadOnlySequence<byte>("x"u8.ToArray())));
    }

    [Test]
    public void Json_contexts_take_their_types_and_leave_the_rest_to_the_default()
    {
        var registry = new NatsJsonContextSerializerRegistry(PointContext.Default);
        RoundTrip(new Point(1, 2), registry).ShouldBe(new Point(1, 2));
        RoundTrip("text", registry).ShouldBe("text");
        RoundTrip(new Point(3, 4), NatsClientDefaultSerializerRegistry.Default).ShouldBe(new Point(3, 4));
        Should.Throw<JsonException>(() => registry.GetDeserializer<Point>().Deserialize(new ReadOnlySequence<byte>("{"u8.ToArray())));
    }

    [Test]
    public void Serializers_can_be_chained()
    {
        var chain = new NatsSerializerBuilder<Point>()
            .Add(new NatsRawSerializer<Point>(null))
            .Add(new NatsJsonContextSerializer<Point>(PointContext.Default))
            .Build();
        var writer = new ArrayBufferWriter<byte>();
        chain.Serialize(writer, new Point(5, 6));
        chain.Deserialize(new ReadOnlySequence<byte>(writer.WrittenMemory)).ShouldBe(new Point(5, 6));
    }

    [Test]
    public void A_pooled_owner_is_of_exact_length_and_refuses_use_after_its_end()
    {
        var owner = NatsDefaultSerializer<NatsMemoryOwner<byte>>.Default.Deserialize(new ReadOnlySequence<byte>([1, 2, 3, 4]));
        owner.Length.ShouldBe(4);
        var slice = owner.Slice(1, 2);
        slice.Span.ToArray().ShouldBe([2, 3]);
        slice.Dispose();
        Should.Throw<ObjectDisposedException>(() => slice.Memory);
        Should.Throw<ObjectDisposedException>(() => owner.Memory);
    }

    private static T? RoundTrip<T>(T value, INatsSerializerRegistry? registry = null)
    {
        registry ??= NatsDefaultSerializerRegistry.Default;
        var writer = new ArrayBufferWriter<byte>();
        registry.GetSerializer<T>().Serialize(writer, value);
        return registry.GetDeserializer<T>().Deserialize(new ReadOnlySequence<byte>(writer.WrittenMemory));
    }

    internal sealed record Point(int X, int Y);

    [JsonSerializable(typeof(Point))]
    internal sealed partial class PointContext : JsonSerializerContext;
}
