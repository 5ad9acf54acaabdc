using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8: a bucket that mirrors another. The document's own calls for making mirrors and aggregates are in no client; here, as there, they are configurations of a bucket.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr8MirrorRules(Topology topology) : BucketRules(topology)
{
    [Test]
    [Rule("ADR-8", "Multi-Cluster and Leafnode topologies")]
    public async Task A_mirror_is_read_as_a_bucket_and_what_is_written_to_it_goes_to_its_origin(CancellationToken token)
    {
        var (origin, mirror) = await MirroredAsync(token);
        await mirror.PutAsync("a", 2, cancellationToken: token);
        (await origin.GetEntryAsync<int>("a", cancellationToken: token)).Value.ShouldBe(2);
        await Eventually.TrueAsync(async () => (await mirror.GetEntryAsync<int>("a", cancellationToken: token)).Value == 2, "the mirror has the new value");
        (await mirror.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBe(["a"]);
        var entry = await mirror.WatchAsync<int>("a", cancellationToken: token).FirstAsync(token);
        (entry.Bucket, entry.Key, entry.Revision).ShouldBe((mirror.Bucket, "a", 2ul));
    }

    [Test]
    [Rule("ADR-8", "Multi-Cluster and Leafnode topologies")]
    public async Task A_delete_or_create_through_a_mirror_is_one_at_its_origin(CancellationToken token)
    {
        var (origin, mirror) = await MirroredAsync(token);
        await mirror.DeleteAsync("a", cancellationToken: token);
        (await origin.TryGetEntryAsync<int>("a", cancellationToken: token)).Error.ShouldBeOfType<NatsKVKeyDeletedException>();
        await Eventually.TrueAsync(async () => (await mirror.TryGetEntryAsync<int>("a", cancellationToken: token)).Error is NatsKVKeyDeletedException, "the mirror knows");
        (await mirror.CreateAsync("a", 3, cancellationToken: token)).ShouldBe(3ul);
        (await origin.GetEntryAsync<int>("a", cancellationToken: token)).Value.ShouldBe(3);
    }

    [Test]
    [Rule("ADR-8", "Creation of Mirrors")]
    public async Task A_mirror_takes_part_in_direct_gets_and_has_no_subjects_of_its_own(CancellationToken token)
    {
        var (origin, mirror) = await MirroredAsync(token);
        var config = (await mirror.GetStatusAsync(token)).Info.Config;
        config.Mirror!.Name.ShouldBe($"KV_{origin.Bucket}");
        config.MirrorDirect.ShouldBeTrue();
        config.AllowDirect.ShouldBeTrue();
        (config.Subjects ?? []).ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-8", "Creation of Mirrors")]
    public async Task A_mirror_may_hold_only_some_of_the_keys(CancellationToken token)
    {
        var (_, mirror) = await MirroredAsync("light.>", ["switch.a", "light.a", "light.b"], token);
        await Eventually.TrueAsync(async () => (await mirror.TryGetEntryAsync<int>("light.b", cancellationToken: token)).Success, "the mirror has the last of its keys");
        (await mirror.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBe(["light.a", "light.b"]);
    }

    private Task<(INatsKVStore Origin, INatsKVStore Mirror)> MirroredAsync(CancellationToken token) => MirroredAsync(null, ["a"], token);

    /// <summary>A bucket and its mirror, with the keys in both that the mirror takes.</summary>
    private async Task<(INatsKVStore Origin, INatsKVStore Mirror)> MirroredAsync(string? filter, string[] keys, CancellationToken token)
    {
        var origin = await OpenBucketAsync(token);
        foreach (var key in keys)
        {
            await origin.PutAsync(key, 1, cancellationToken: token);
        }

        var source = new StreamSource { Name = origin.Bucket, FilterSubject = filter is null ? null : $"$KV.{origin.Bucket}.{filter}" };
        var mirror = await OpenBucketAsync(token, x => x with { Mirror = source });
        await Eventually.TrueAsync(async () => (await mirror.TryGetEntryAsync<int>(keys[^1], cancellationToken: token)).Success, "the mirror has the key");
        return (origin, mirror);
    }
}
