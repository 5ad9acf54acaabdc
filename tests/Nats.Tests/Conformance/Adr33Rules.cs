using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-33: data of one's own in streams, consumers and buckets. That 2.9 ignores it is said by the log, which ConfigEchoTests proves.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.New))]
[CancelAfter(45_000)]
public sealed class Adr33Rules(Topology topology) : BucketRules(topology)
{
    private static readonly Dictionary<string, string> Data = new() { ["owner"] = "kitchen", ["empty"] = string.Empty };

    [Test]
    [Rule("ADR-33", "Design")]
    public async Task A_stream_keeps_the_data_that_it_was_given(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token, static x => x with { Metadata = Data });
        ShouldHaveData((await JetStream().GetStreamAsync(stream.Info.Config.Name!, cancellationToken: token)).Info.Config.Metadata);
    }

    [Test]
    [Rule("ADR-33", "Design")]
    public async Task A_consumer_keeps_the_data_that_it_was_given(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token);
        await CreateConsumerAsync(stream, new ConsumerConfig("c") { Metadata = Data }, token);
        ShouldHaveData((await stream.GetConsumerAsync("c", token)).Info.Config.Metadata);
    }

    [Test]
    [Rule("ADR-33", "Design")]
    public async Task A_bucket_keeps_the_data_that_it_was_given(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { Metadata = Data });
        ShouldHaveData((await bucket.GetStatusAsync(token)).Info.Config.Metadata);
        var changed = await KeyValue().UpdateStoreAsync(new NatsKVConfig(bucket.Bucket) { Storage = NatsKVStorageType.Memory, Metadata = new Dictionary<string, string> { ["owner"] = "hall" } }, token);
        (await changed.GetStatusAsync(token)).Info.Config.Metadata!["owner"].ShouldBe("hall");
    }

    /// <summary>Their keys begin with _nats; what was read can be sent back, and they stay.</summary>
    [Test]
    [Rule("ADR-33", "Reserved prefix")]
    public async Task The_servers_own_data_survives_an_update(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token, static x => x with { Metadata = Data });
        var before = Own(stream.Info.Config);
        before.ShouldNotBeEmpty();
        await stream.UpdateAsync(stream.Info.Config with { Description = "changed" }, token);
        Own(stream.Info.Config).ShouldBe(before, ignoreOrder: true);
        ShouldHaveData(stream.Info.Config.Metadata);
    }

    [Test]
    [Rule("ADR-33", "Size limit")]
    public async Task More_than_128_KB_are_refused(CancellationToken token)
    {
        var large = new Dictionary<string, string> { ["k"] = new('x', 128 * 1024) };
        (await Should.ThrowAsync<NatsJSApiException>(CreateStreamAsync(JetStream(), token, x => x with { Metadata = large }))).Error.ErrCode.ShouldBe(10052);
    }

    private static void ShouldHaveData(IDictionary<string, string>? metadata) =>
        metadata!.Where(static x => !x.Key.StartsWith("_nats", StringComparison.Ordinal)).ShouldBe(Data, ignoreOrder: true);

    private static List<KeyValuePair<string, string>> Own(StreamConfig config) =>
        [.. config.Metadata!.Where(static x => x.Key.StartsWith("_nats", StringComparison.Ordinal))];
}
