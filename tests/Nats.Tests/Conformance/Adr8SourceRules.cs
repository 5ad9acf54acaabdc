using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8 and ADR-36: buckets that are copied into another. A server before 2.10 renames nothing, which the client's log says.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.New))]
[CancelAfter(45_000)]
public sealed class Adr8SourceRules(Topology topology) : BucketRules(topology)
{
    [Test]
    [Rule("ADR-36", "KV bucket sourcing")]
    public async Task The_client_renames_the_keys_of_a_source_to_those_of_the_bucket(CancellationToken token)
    {
        var origin = await FilledAsync(token, "a");
        var bucket = await OpenBucketAsync(token, x => x with { Sources = [new StreamSource { Name = origin.Bucket }] });
        await UntilKeysAsync(bucket, ["a"], token);
        var source = (await bucket.GetStatusAsync(token)).Info.Config.Sources!.Single();
        source.Name.ShouldBe($"KV_{origin.Bucket}");
        source.SubjectTransforms.ShouldBe([new SubjectTransform { Src = $"$KV.{origin.Bucket}.>", Dest = $"$KV.{bucket.Bucket}.>" }]);
    }

    [Test]
    [Rule("ADR-8", "Multi-Cluster and Leafnode topologies")]
    public async Task A_bucket_of_others_has_the_keys_of_all_and_can_be_watched(CancellationToken token)
    {
        var (one, other) = (await FilledAsync(token, "a"), await FilledAsync(token, "b"));
        var bucket = await OpenBucketAsync(token, x => x with { Sources = [new StreamSource { Name = one.Bucket }, new StreamSource { Name = $"KV_{other.Bucket}" }] });
        (await bucket.WatchAsync<int>(cancellationToken: token).Take(2).Select(static x => x.Key).ToListAsync(token)).ShouldBe(["a", "b"], ignoreOrder: true);
        (await bucket.GetEntryAsync<int>("a", cancellationToken: token)).Value.ShouldBe(1);
    }

    [Test]
    [Rule("ADR-8", "Multi-Cluster and Leafnode topologies")]
    public async Task What_is_written_to_a_bucket_of_others_stays_there(CancellationToken token)
    {
        var origin = await FilledAsync(token, "a");
        var bucket = await OpenBucketAsync(token, x => x with { Sources = [new StreamSource { Name = origin.Bucket }] });
        await UntilKeysAsync(bucket, ["a"], token);
        await bucket.PutAsync("a", 2, cancellationToken: token);
        (await bucket.GetEntryAsync<int>("a", cancellationToken: token)).Value.ShouldBe(2);
        (await origin.GetEntryAsync<int>("a", cancellationToken: token)).Value.ShouldBe(1);
    }

    [TestCase("light.>", "light.a light.b")]
    [TestCase("*.a", "light.a switch.a")]
    [TestCase("light.b", "light.b")]
    [Rule("ADR-8", "Creation of Aggregates")]
    public async Task A_bucket_of_others_may_hold_only_some_of_their_keys(string filter, string keys, CancellationToken token)
    {
        var origin = await FilledAsync(token, "light.a", "light.b", "switch.a", "switch.c");
        var bucket = await OpenBucketAsync(token, x => x with { Sources = [new StreamSource { Name = origin.Bucket, FilterSubject = $"$KV.{origin.Bucket}.{filter}" }] });
        await UntilKeysAsync(bucket, keys.Split(' '), token);
        await Should.ThrowAsync<NatsKVException>(CreateBucketAsync(token, x => x with { Sources = [new StreamSource { Name = origin.Bucket, FilterSubject = "light.>" }] }));
    }

    /// <summary>The document's example: the keys NEW.* of one bucket without that token.</summary>
    [Test]
    [Rule("ADR-8", "Creation of Aggregates")]
    public async Task Keys_can_be_renamed_otherwise_by_transforms_of_ones_own(CancellationToken token)
    {
        var origin = await FilledAsync(token, "NEW.a", "OLD.a");
        var bucket = await OpenBucketAsync(token, x => x with
        {
            Sources = [new StreamSource { Name = origin.Bucket, SubjectTransforms = [new SubjectTransform { Src = $"$KV.{origin.Bucket}.NEW.>", Dest = $"$KV.{x.Bucket}.>" }] }],
        });
        await UntilKeysAsync(bucket, ["a"], token);
    }

    private async Task<INatsKVStore> FilledAsync(CancellationToken token, params string[] keys)
    {
        var bucket = await OpenBucketAsync(token);
        foreach (var key in keys)
        {
            await bucket.PutAsync(key, 1, cancellationToken: token);
        }

        return bucket;
    }

    private static Task UntilKeysAsync(INatsKVStore bucket, string[] keys, CancellationToken token) => Eventually.TrueAsync(
        async () => (await bucket.GetKeysAsync(cancellationToken: token).ToListAsync(token)).SequenceEqual(keys),
        $"the keys are {string.Join(", ", keys)}");
}
