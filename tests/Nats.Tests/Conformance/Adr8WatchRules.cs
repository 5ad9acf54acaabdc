using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8: watching keys. The end of the initial data is OnNoData, which here ends the watcher.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr8WatchRules(Topology topology) : BucketRules(topology)
{
    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task A_watcher_gives_the_last_of_every_key_with_deletions_when_nothing_is_said(CancellationToken token)
    {
        var bucket = await BucketOfThePastAsync(token);
        (await InitialAsync(bucket, null, token)).ShouldBe([("b", 3, NatsKVOperation.Put), ("a", 0, NatsKVOperation.Del), ("c.d", 0, NatsKVOperation.Purge)]);
    }

    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task A_watcher_with_history_gives_all_that_is_kept(CancellationToken token)
    {
        var bucket = await BucketOfThePastAsync(token);
        (await InitialAsync(bucket, new NatsKVWatchOpts { IncludeHistory = true }, token)).Select(static x => (x.Key, x.Value)).ShouldBe([("a", 1), ("a", 2), ("b", 3), ("a", 0), ("c.d", 0)]);
    }

    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task A_watcher_that_ignores_deletions_gives_puts_only(CancellationToken token)
    {
        var bucket = await BucketOfThePastAsync(token);
        (await InitialAsync(bucket, new NatsKVWatchOpts { IgnoreDeletes = true }, token)).ShouldBe([("b", 3, NatsKVOperation.Put)]);
    }

    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task A_watcher_of_metadata_gives_all_but_the_value(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.PutAsync("k", "value", cancellationToken: token);
        var entry = await bucket.WatchAsync<string>(opts: new NatsKVWatchOpts { MetaOnly = true }, cancellationToken: token).FirstAsync(token);
        entry.Value.ShouldBeNull();
        (entry.Key, entry.Revision, entry.Operation).ShouldBe(("k", 1ul, NatsKVOperation.Put));
    }

    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task A_watcher_of_updates_tells_at_once_that_there_is_no_more_and_then_gives_what_is_new(CancellationToken token)
    {
        var bucket = await BucketOfThePastAsync(token);
        var opts = Then(async () => await bucket.PutAsync("new", 7, cancellationToken: token)) with { UpdatesOnly = true };
        (await bucket.WatchAsync<int>(opts: opts, cancellationToken: token).FirstAsync(token)).Value.ShouldBe(7);
    }

    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task Operations_of_all_kinds_follow_the_initial_data(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 5 });
        await bucket.PutAsync("a", 1, cancellationToken: token);
        var opts = Then(async () =>
        {
            await bucket.PutAsync("a", 2, cancellationToken: token);
            await bucket.DeleteAsync("a", cancellationToken: token);
            await bucket.PurgeAsync("a", cancellationToken: token);
        });
        var seen = await bucket.WatchAsync<int>(opts: opts, cancellationToken: token).Take(4).ToListAsync(token);
        seen.Select(static x => (x.Value, x.Operation, x.Revision)).ShouldBe(
            [(1, NatsKVOperation.Put, 1ul), (2, NatsKVOperation.Put, 2ul), (0, NatsKVOperation.Del, 3ul), (0, NatsKVOperation.Purge, 4ul)]);
        seen[0].Delta.ShouldBe(0ul);
    }

    [TestCase("auth.username", "auth.username")]
    [TestCase("auth.*", "auth.username auth.password")]
    [TestCase("auth.>", "auth.username auth.password auth.keys.1")]
    [TestCase("*.username", "auth.username")]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task A_key_or_a_range_of_keys_is_watched(string keys, string seen, CancellationToken token)
    {
        var bucket = await BucketOfNamesAsync(token);
        var entries = await bucket.WatchAsync<int>(keys, opts: End(), cancellationToken: token).ToListAsync(token);
        string.Join(' ', entries.Select(static x => x.Key)).ShouldBe(seen);
    }

    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task The_whole_bucket_is_watched_by_no_key_an_empty_one_or_the_wildcard_for_all(CancellationToken token)
    {
        var bucket = await BucketOfNamesAsync(token);
        (await bucket.WatchAsync<int>(opts: End(), cancellationToken: token).CountAsync(token)).ShouldBe(4);
        (await bucket.WatchAsync<int>(string.Empty, opts: End(), cancellationToken: token).CountAsync(token)).ShouldBe(4);
        (await bucket.WatchAsync<int>(">", opts: End(), cancellationToken: token).CountAsync(token)).ShouldBe(4);
    }

    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task Several_ranges_are_watched_together_before_and_after_the_end_of_the_initial_data(CancellationToken token)
    {
        var bucket = await BucketOfNamesAsync(token);
        var opts = Then(async () =>
        {
            await bucket.PutAsync("auth.username", 2, cancellationToken: token);
            await bucket.PutAsync("lamp", 2, cancellationToken: token);
            await bucket.PutAsync("auth.keys.2", 2, cancellationToken: token);
        });
        var seen = await bucket.WatchAsync<int>(["auth.keys.>", "lamp"], opts: opts, cancellationToken: token).Take(4).ToListAsync(token);
        seen.Select(static x => (x.Key, x.Value)).ShouldBe([("auth.keys.1", 1), ("lamp", 1), ("lamp", 2), ("auth.keys.2", 2)]);
    }

    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task The_end_of_the_initial_data_is_told_also_where_there_is_none(CancellationToken token)
    {
        var empty = await OpenBucketAsync(token);
        (await InitialAsync(empty, null, token)).ShouldBeEmpty();
        var bucket = await BucketOfNamesAsync(token);
        (await bucket.WatchAsync<int>("nothing.here", opts: End(), cancellationToken: token).CountAsync(token)).ShouldBe(0);
        (await bucket.WatchAsync<int>(["nothing.here", "nor.here"], opts: End(), cancellationToken: token).CountAsync(token)).ShouldBe(0);
    }

    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task The_end_of_the_initial_data_is_told_after_its_last_entry_although_that_is_left_out(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.PutAsync("a", 1, cancellationToken: token);
        await bucket.PutAsync("b", 1, cancellationToken: token);
        await bucket.DeleteAsync("b", cancellationToken: token);
        (await InitialAsync(bucket, new NatsKVWatchOpts { IgnoreDeletes = true }, token)).Single().Key.ShouldBe("a");
    }

    [Test]
    [Rule("ADR-8", "Watch")]
    public async Task A_watcher_goes_on_at_the_revision_that_it_names(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 5 });
        await PutNumbersAsync(bucket, "k", 4, token);
        (await InitialAsync(bucket, new NatsKVWatchOpts { ResumeAtRevision = 3 }, token)).Select(static x => x.Value).ShouldBe([3, 4]);
        Should.Throw<InvalidOperationException>(() => bucket.WatchAsync<int>(opts: new NatsKVWatchOpts { ResumeAtRevision = 1, UpdatesOnly = true }));
    }

    private static NatsKVWatchOpts End() => new() { OnNoData = static _ => ValueTask.FromResult(true) };

    /// <summary>Does something when the initial data has ended, once, and goes on.</summary>
    private static NatsKVWatchOpts Then(Func<Task> action)
    {
        var done = false;
        return new NatsKVWatchOpts
        {
            OnNoData = async _ =>
            {
                if (!done)
                {
                    done = true;
                    await action();
                }

                return false;
            },
        };
    }

    private static async Task<List<(string Key, int Value, NatsKVOperation Operation)>> InitialAsync(INatsKVStore bucket, NatsKVWatchOpts? opts, CancellationToken token) =>
        await bucket.WatchAsync<int>(opts: (opts ?? new NatsKVWatchOpts()) with { OnNoData = End().OnNoData }, cancellationToken: token)
            .Select(static x => (x.Key, x.Value, x.Operation)).ToListAsync(token);

    private async Task<INatsKVStore> BucketOfThePastAsync(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 5 });
        await PutNumbersAsync(bucket, "a", 2, token);
        await bucket.PutAsync("b", 3, cancellationToken: token);
        await bucket.DeleteAsync("a", cancellationToken: token);
        await bucket.PutAsync("c.d", 4, cancellationToken: token);
        await bucket.PurgeAsync("c.d", cancellationToken: token);
        return bucket;
    }

    private async Task<INatsKVStore> BucketOfNamesAsync(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        foreach (var key in (string[])["auth.username", "auth.password", "auth.keys.1", "lamp"])
        {
            await bucket.PutAsync(key, 1, cancellationToken: token);
        }

        return bucket;
    }
}
