using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8: reading and writing keys.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr8BucketRules(Topology topology) : ConformanceTest(topology)
{
    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task A_bucket_is_a_stream_with_the_properties_of_the_document(CancellationToken token)
    {
        var bucket = await CreateBucketAsync(token, static x => x with { History = 5 });
        var config = (await bucket.GetStatusAsync(token)).Info.Config;
        config.Name.ShouldBe($"KV_{bucket.Bucket}");
        config.Subjects.ShouldBe([$"$KV.{bucket.Bucket}.>"]);
        config.MaxMsgsPerSubject.ShouldBe(5);
        config.AllowRollupHdrs.ShouldBeTrue();
        config.DenyDelete.ShouldBeTrue();
        config.AllowDirect.ShouldBeTrue();
    }

    [Test]
    [Rule("ADR-8", "Storing Values")]
    public async Task An_update_is_taken_only_for_the_revision_that_it_knows(CancellationToken token)
    {
        var bucket = await CreateBucketAsync(token);
        var first = await bucket.PutAsync("k", 1, cancellationToken: token);
        await bucket.UpdateAsync("k", 2, first, cancellationToken: token);
        await Should.ThrowAsync<NatsKVWrongLastRevisionException>(bucket.UpdateAsync("k", 3, first, cancellationToken: token).AsTask());
    }
}
