using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-35: streams whose files the server compresses.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.New))]
[CancelAfter(45_000)]
public sealed class Adr35CompressionRules(Topology topology) : ConformanceTest(topology)
{
    [Test]
    [Rule("ADR-35", "Design")]
    public async Task Compression_is_asked_for_changed_and_told_by_the_streams_configuration(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token, static x => x with { Storage = StreamConfigStorage.File, Compression = StreamConfigCompression.S2 });
        stream.Info.Config.Compression.ShouldBe(StreamConfigCompression.S2);
        var info = await js.UpdateStreamAsync(stream.Info.Config with { Compression = StreamConfigCompression.None }, token);
        info.Info.Config.Compression.ShouldBe(StreamConfigCompression.None);
        await js.UpdateStreamAsync(stream.Info.Config with { Compression = StreamConfigCompression.S2 }, token);
        (await js.GetStreamAsync(stream.Info.Config.Name!, cancellationToken: token)).Info.Config.Compression.ShouldBe(StreamConfigCompression.S2);
    }
}
