using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8: putting, replacing and deleting.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr8WriteRules(Topology topology) : BucketRules(topology)
{
    [Test]
    [Rule("ADR-8", "KV")]
    public async Task A_put_tells_the_revision_which_grows_over_all_keys(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        (await bucket.PutAsync("a", 1, cancellationToken: token)).ShouldBe(1ul);
        (await bucket.PutAsync("b", 1, cancellationToken: token)).ShouldBe(2ul);
        (await bucket.PutAsync("a", 2, cancellationToken: token)).ShouldBe(3ul);
    }

    [Test]
    [Rule("ADR-8", "KV")]
    public async Task An_update_succeeds_only_for_the_revision_that_the_key_has(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        var first = await bucket.PutAsync("k", 1, cancellationToken: token);
        await bucket.PutAsync("other", 1, cancellationToken: token);
        await bucket.UpdateAsync("k", 2, first, cancellationToken: token);
        await Should.ThrowAsync<NatsKVWrongLastRevisionException>(bucket.UpdateAsync("k", 3, first, cancellationToken: token).AsTask());
        (await bucket.TryUpdateAsync("k", 3, first, cancellationToken: token)).Error.ShouldBeOfType<NatsKVWrongLastRevisionException>();
        (await bucket.GetEntryAsync<int>("k", cancellationToken: token)).Value.ShouldBe(2);
    }

    [Test]
    [Rule("ADR-8", "KV")]
    public async Task A_create_succeeds_only_where_there_is_no_key(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        (await bucket.CreateAsync("k", 1, cancellationToken: token)).ShouldBe(1ul);
        await Should.ThrowAsync<NatsKVCreateException>(bucket.CreateAsync("k", 2, cancellationToken: token).AsTask());
        (await bucket.TryCreateAsync("k", 2, cancellationToken: token)).Error.ShouldBeOfType<NatsKVCreateException>();
        (await bucket.GetEntryAsync<int>("k", cancellationToken: token)).Value.ShouldBe(1);
    }

    [Test]
    [Rule("ADR-8", "KV")]
    public async Task A_create_succeeds_where_the_key_was_deleted_or_purged(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.CreateAsync("k", 1, cancellationToken: token);
        await bucket.DeleteAsync("k", cancellationToken: token);
        (await bucket.CreateAsync("k", 3, cancellationToken: token)).ShouldBe(3ul);
        await bucket.PurgeAsync("k", cancellationToken: token);
        (await bucket.CreateAsync("k", 4, cancellationToken: token)).ShouldBe(5ul);
    }

    [Test]
    [Rule("ADR-8", "Storing Values")]
    public async Task Of_many_who_create_a_key_that_was_deleted_one_succeeds(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.PutAsync("lease", -1, cancellationToken: token);
        await bucket.DeleteAsync("lease", cancellationToken: token);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => bucket.TryCreateAsync("lease", i, cancellationToken: token).AsTask()));
        results.Count(x => x.Success).ShouldBe(1);
        results.Where(x => !x.Success).ShouldAllBe(x => x.Error is NatsKVCreateException);
    }

    [Test]
    [Rule("ADR-8", "Storing Values")]
    public async Task A_create_succeeds_where_the_messages_of_the_key_were_purged_from_the_stream(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.CreateAsync("k", 1, cancellationToken: token);
        await bucket.JetStreamContext.PurgeStreamAsync($"KV_{bucket.Bucket}", new() { Filter = $"$KV.{bucket.Bucket}.k" }, token);
        (await bucket.CreateAsync("k", 2, cancellationToken: token)).ShouldBe(2ul);
    }

    [Test]
    [Rule("ADR-8", "Deleting Values")]
    public async Task A_delete_keeps_the_history(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 5 });
        await PutNumbersAsync(bucket, "k", 2, token);
        await bucket.DeleteAsync("k", cancellationToken: token);
        var history = await bucket.HistoryAsync<int>("k", cancellationToken: token).ToListAsync(token);
        history.Select(static x => (x.Value, x.Operation)).ShouldBe([(1, NatsKVOperation.Put), (2, NatsKVOperation.Put), (0, NatsKVOperation.Del)]);
    }

    [Test]
    [Rule("ADR-8", "Purging a key")]
    public async Task A_purge_leaves_nothing_of_the_key_but_itself(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 5 });
        await PutNumbersAsync(bucket, "k", 3, token);
        await bucket.PutAsync("other", 1, cancellationToken: token);
        await bucket.PurgeAsync("k", cancellationToken: token);
        (await bucket.HistoryAsync<int>("k", cancellationToken: token).ToListAsync(token)).Single().Operation.ShouldBe(NatsKVOperation.Purge);
        (await bucket.GetStatusAsync(token)).Info.State.Messages.ShouldBe(2);
    }

    [Test]
    [Rule("ADR-8", "Storing Values")]
    public async Task A_delete_or_purge_can_be_bound_to_a_revision(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        var first = await bucket.PutAsync("k", 1, cancellationToken: token);
        var second = await bucket.PutAsync("k", 2, cancellationToken: token);
        await Should.ThrowAsync<NatsKVWrongLastRevisionException>(bucket.DeleteAsync("k", new NatsKVDeleteOpts { Revision = first }, token).AsTask());
        await Should.ThrowAsync<NatsKVWrongLastRevisionException>(bucket.PurgeAsync("k", new NatsKVDeleteOpts { Revision = first }, token).AsTask());
        await bucket.DeleteAsync("k", new NatsKVDeleteOpts { Revision = second }, token);
        await bucket.PurgeAsync("k", new NatsKVDeleteOpts { Revision = second + 1 }, token);
    }

    [Test]
    [Rule("ADR-8", "1.0")]
    public async Task A_key_that_cannot_be_is_refused_by_everything_that_takes_one(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await Should.ThrowAsync<NatsKVException>(bucket.PutAsync("a b", 1, cancellationToken: token).AsTask());
        await Should.ThrowAsync<NatsKVException>(bucket.CreateAsync("a*", 1, cancellationToken: token).AsTask());
        await Should.ThrowAsync<NatsKVException>(bucket.UpdateAsync(".a", 1, 1, cancellationToken: token).AsTask());
        await Should.ThrowAsync<NatsKVException>(bucket.GetEntryAsync<int>(">", cancellationToken: token).AsTask());
        (await bucket.TryDeleteAsync("a.", cancellationToken: token)).Error.ShouldBeOfType<NatsKVException>();
        (await bucket.TryPurgeAsync("a\r\nPUB x 0", cancellationToken: token)).Error.ShouldBeOfType<NatsKVException>();
        (await bucket.GetStatusAsync(token)).Info.State.Messages.ShouldBe(0);
    }

    /// <summary>A deletion that lies a long time back tells nobody anything any more; a young one is kept for who was away.</summary>
    [Test]
    [Rule("ADR-8", "Deleting Values")]
    public async Task What_is_left_of_deleted_keys_can_be_removed_but_for_young_markers(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 5 });
        await PutNumbersAsync(bucket, "gone", 3, token);
        await bucket.PutAsync("stays", 1, cancellationToken: token);
        await bucket.DeleteAsync("gone", cancellationToken: token);
        await bucket.PurgeDeletesAsync(cancellationToken: token);
        (await bucket.HistoryAsync<int>("gone", cancellationToken: token).ToListAsync(token)).Single().Operation.ShouldBe(NatsKVOperation.Del);
        await bucket.PurgeDeletesAsync(new NatsKVPurgeOpts { DeleteMarkersThreshold = TimeSpan.FromSeconds(-1) }, token);
        (await bucket.HistoryAsync<int>(">", cancellationToken: token).ToListAsync(token)).Single().Key.ShouldBe("stays");
    }
}
