using HaNatsBridge.Nats.Tests.JetStream;
using HaNatsBridge.Tests.Support;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.KeyValueStore;

/// <summary>ADR-8: buckets.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class KeyValueTests(NatsServerVersion version) : JetStreamTest(version)
{
    [Test]
    public async Task A_value_is_put_and_read(CancellationToken token)
    {
        var store = await CreateStoreAsync(token, history: 5);
        (await store.PutAsync("a.b", "one", cancellationToken: token)).ShouldBe(1ul);
        (await store.PutAsync("a.b", "two", cancellationToken: token)).ShouldBe(2ul);
        var entry = await store.GetEntryAsync<string>("a.b", cancellationToken: token);
        entry.Value.ShouldBe("two");
        entry.Revision.ShouldBe(2ul);
        entry.Key.ShouldBe("a.b");
        entry.Bucket.ShouldBe(store.Bucket);
        entry.Operation.ShouldBe(NatsKVOperation.Put);
        entry.Created.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        (await store.GetEntryAsync<string>("a.b", 1, cancellationToken: token)).Value.ShouldBe("one");
    }

    [Test]
    public async Task A_key_that_is_not_there_or_was_deleted_is_a_typed_error(CancellationToken token)
    {
        var store = await CreateStoreAsync(token, history: 5);
        await Should.ThrowAsync<NatsKVKeyNotFoundException>(store.GetEntryAsync<string>("none", cancellationToken: token).AsTask());
        await store.PutAsync("k", "v", cancellationToken: token);
        await store.DeleteAsync("k", cancellationToken: token);
        (await Should.ThrowAsync<NatsKVKeyDeletedException>(store.GetEntryAsync<string>("k", cancellationToken: token).AsTask())).Revision.ShouldBe(2ul);
        (await store.GetEntryAsync<string>("k", 1, cancellationToken: token)).Value.ShouldBe("v");
        await store.PutAsync("other", "v", cancellationToken: token);
        await Should.ThrowAsync<NatsKVKeyNotFoundException>(store.GetEntryAsync<string>("k", 3, cancellationToken: token).AsTask());
        (await store.TryGetEntryAsync<string>("none", cancellationToken: token)).Error.ShouldBeOfType<NatsKVKeyNotFoundException>();
    }

    [Test]
    public async Task Create_succeeds_once_and_again_after_a_deletion(CancellationToken token)
    {
        var store = await CreateStoreAsync(token);
        (await store.CreateAsync("k", 1, cancellationToken: token)).ShouldBe(1ul);
        await Should.ThrowAsync<NatsKVCreateException>(store.CreateAsync("k", 2, cancellationToken: token).AsTask());
        await store.DeleteAsync("k", cancellationToken: token);
        (await store.CreateAsync("k", 3, cancellationToken: token)).ShouldBe(3ul);
        await store.PurgeAsync("k", cancellationToken: token);
        (await store.CreateAsync("k", 4, cancellationToken: token)).ShouldBe(5ul);
        (await store.TryCreateAsync("k", 5, cancellationToken: token)).Error.ShouldBeOfType<NatsKVCreateException>();
    }

    [Test]
    public async Task Of_many_who_create_a_key_one_succeeds(CancellationToken token)
    {
        var store = await CreateStoreAsync(token);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => store.TryCreateAsync("lease", i, cancellationToken: token).AsTask()));
        results.Count(x => x.Success).ShouldBe(1);
        results.Where(x => !x.Success).ShouldAllBe(x => x.Error is NatsKVCreateException);
    }

    [Test]
    public async Task Update_replaces_only_the_revision_that_it_knows(CancellationToken token)
    {
        var store = await CreateStoreAsync(token);
        var first = await store.PutAsync("k", 1, cancellationToken: token);
        var second = await store.UpdateAsync("k", 2, first, cancellationToken: token);
        await Should.ThrowAsync<NatsKVWrongLastRevisionException>(store.UpdateAsync("k", 3, first, cancellationToken: token).AsTask());
        await Should.ThrowAsync<NatsKVWrongLastRevisionException>(store.DeleteAsync("k", new NatsKVDeleteOpts { Revision = first }, token).AsTask());
        await store.DeleteAsync("k", new NatsKVDeleteOpts { Revision = second }, token);
        (await store.TryUpdateAsync("k", 3, first, cancellationToken: token)).Error.ShouldBeOfType<NatsKVWrongLastRevisionException>();
    }

    [Test]
    public async Task History_shows_the_revisions_that_are_kept(CancellationToken token)
    {
        var store = await CreateStoreAsync(token, history: 3);
        for (var i = 1; i <= 5; i++)
        {
            await store.PutAsync("k", i, cancellationToken: token);
            await store.PutAsync("other", i, cancellationToken: token);
        }

        await store.DeleteAsync("k", cancellationToken: token);
        var history = await store.HistoryAsync<int>("k", cancellationToken: token).ToListAsync(token);
        history.Select(x => x.Value).ShouldBe([4, 5, 0]);
        history.Select(x => x.Operation).ShouldBe([NatsKVOperation.Put, NatsKVOperation.Put, NatsKVOperation.Del]);
        await store.PurgeAsync("k", cancellationToken: token);
        (await store.HistoryAsync<int>("k", cancellationToken: token).ToListAsync(token)).Single().Operation.ShouldBe(NatsKVOperation.Purge);
        (await store.HistoryAsync<int>("none", cancellationToken: token).ToListAsync(token)).ShouldBeEmpty();
    }

    [Test]
    public async Task Keys_are_listed_to_the_end_although_values_are_replaced_meanwhile(CancellationToken token)
    {
        // With one revision a key, a replaced value disappears from under the reader: what was pending never comes.
        var store = await CreateStoreAsync(token);
        string[] keys = ["a", "b", "c", "d"];
        foreach (var key in keys)
        {
            await store.PutAsync(key, 0, cancellationToken: token);
        }

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(token);
        var writer = ReplaceAsync();
        for (var round = 0; round < 50; round++)
        {
            (await store.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBeSubsetOf(keys);
        }

        await enough.CancelAsync();
        await writer;

        async Task ReplaceAsync()
        {
            for (var value = 0; !enough.IsCancellationRequested; value++)
            {
                var key = keys[value % keys.Length];
                await (value % 3 == 0 ? store.DeleteAsync(key, cancellationToken: token) : Put(key, value));
            }
        }

        async ValueTask Put(string key, int value) => await store.PutAsync(key, value, cancellationToken: token);
    }

    [Test]
    public async Task Keys_are_listed_without_the_deleted_ones_and_by_filter(CancellationToken token)
    {
        var store = await CreateStoreAsync(token);
        (await store.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBeEmpty();
        foreach (var key in (string[])["light.a", "light.b", "switch.a", "sensor.a"])
        {
            await store.PutAsync(key, 1, cancellationToken: token);
        }

        await store.DeleteAsync("light.b", cancellationToken: token);
        (await store.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBe(["light.a", "switch.a", "sensor.a"]);
        (await store.GetKeysAsync(["light.*"], cancellationToken: token).ToListAsync(token)).ShouldBe(["light.a"]);
        (await store.GetKeysAsync(["light.>", "sensor.>"], cancellationToken: token).ToListAsync(token)).ShouldBe(["light.a", "sensor.a"]);
    }

    [Test]
    public async Task A_watcher_sees_the_last_values_then_the_changes(CancellationToken token)
    {
        var store = await CreateStoreAsync(token, history: 5);
        await store.PutAsync("a", 1, cancellationToken: token);
        await store.PutAsync("a", 2, cancellationToken: token);
        await store.PutAsync("b", 3, cancellationToken: token);
        var noData = 0;
        var opts = new NatsKVWatchOpts
        {
            OnNoData = async ct =>
            {
                if (Interlocked.Increment(ref noData) == 1)
                {
                    await store.PutAsync("c", 4, cancellationToken: ct);
                    await store.DeleteAsync("a", cancellationToken: ct);
                }

                return false;
            },
        };
        var seen = await store.WatchAsync<int>(opts: opts, cancellationToken: token).Take(4).ToListAsync(token);
        seen.Select(x => (x.Key, x.Value, x.Revision, x.Operation)).ShouldBe(
        [
            ("a", 2, 2ul, NatsKVOperation.Put),
            ("b", 3, 3ul, NatsKVOperation.Put),
            ("c", 4, 4ul, NatsKVOperation.Put),
            ("a", 0, 5ul, NatsKVOperation.Del),
        ]);
        seen[1].Delta.ShouldBe(0ul);
    }

    [Test]
    public async Task A_watcher_can_begin_with_history_updates_or_a_revision(CancellationToken token)
    {
        var store = await CreateStoreAsync(token, history: 5);
        for (var i = 1; i <= 4; i++)
        {
            await store.PutAsync("k", i, cancellationToken: token);
        }

        (await WatchAsync(new NatsKVWatchOpts { IncludeHistory = true })).ShouldBe([1, 2, 3, 4]);
        (await WatchAsync(new NatsKVWatchOpts())).ShouldBe([4]);
        (await WatchAsync(new NatsKVWatchOpts { UpdatesOnly = true })).ShouldBeEmpty();
        (await WatchAsync(new NatsKVWatchOpts { ResumeAtRevision = 3 })).ShouldBe([3, 4]);
        (await WatchAsync(new NatsKVWatchOpts { IncludeHistory = true, MetaOnly = true })).ShouldBe([0, 0, 0, 0]);
        Should.Throw<InvalidOperationException>(() => store.WatchAsync<int>(opts: new NatsKVWatchOpts { ResumeAtRevision = 1, UpdatesOnly = true }));

        async Task<List<int>> WatchAsync(NatsKVWatchOpts opts) =>
            await store.WatchAsync<int>("k", opts: opts with { OnNoData = _ => ValueTask.FromResult(true) }, cancellationToken: token)
                .Select(x => x.Value).ToListAsync(token);
    }

    [Test]
    public async Task Purging_deletes_leaves_nothing_of_deleted_keys(CancellationToken token)
    {
        var store = await CreateStoreAsync(token, history: 3);
        await store.PutAsync("gone", 1, cancellationToken: token);
        await store.PutAsync("stays", 1, cancellationToken: token);
        await store.DeleteAsync("gone", cancellationToken: token);
        await store.PurgeDeletesAsync(cancellationToken: token);
        (await store.GetStatusAsync(token)).Info.State.Messages.ShouldBe(2);
        await store.PurgeDeletesAsync(new NatsKVPurgeOpts { DeleteMarkersThreshold = TimeSpan.FromSeconds(-1) }, token);
        (await store.GetStatusAsync(token)).Info.State.Messages.ShouldBe(1);
        await Should.ThrowAsync<NatsKVKeyNotFoundException>(store.GetEntryAsync<int>("gone", cancellationToken: token).AsTask());
    }

    /// <summary>ADR-48: a key with a time to live goes away; a server that cannot do it (2.9) must not be asked, because it would keep the key for ever.</summary>
    [Test]
    public async Task A_key_with_a_time_to_live_goes_away(CancellationToken token)
    {
        var kv = new NatsKVContext(JetStream());
        var store = await kv.CreateStoreAsync(new NatsKVConfig(UniqueName()) { LimitMarkerTTL = TimeSpan.FromSeconds(5), Storage = NatsKVStorageType.Memory }, token);
        if (IsOldest)
        {
            (await Should.ThrowAsync<NatsKVException>(store.CreateAsync("k", 1, TimeSpan.FromSeconds(1), cancellationToken: token).AsTask())).Message.ShouldContain("2.11");
            return;
        }

        await store.CreateAsync("k", 1, TimeSpan.FromSeconds(1), cancellationToken: token);
        await Eventually.TrueAsync(async () => !(await store.TryGetEntryAsync<int>("k", cancellationToken: token)).Success, "the key went away");
        await Eventually.TrueAsync(
            async () => (await store.TryGetEntryAsync<int>("k", cancellationToken: token)).Error is NatsKVKeyDeletedException or NatsKVKeyNotFoundException,
            "the server left a marker");
    }

    [TestCase("")]
    [TestCase(".a")]
    [TestCase("a.")]
    [TestCase("a b")]
    [TestCase("a*")]
    [TestCase(">")]
    [TestCase("a..b")]
    [TestCase("a\r\nb")]
    [TestCase("ü")]
    public async Task A_key_that_cannot_be_is_refused_before_anything_is_sent(string key)
    {
        var store = await CreateStoreAsync(CancellationToken.None);
        await Should.ThrowAsync<NatsKVException>(store.PutAsync(key, 1).AsTask());
        await Should.ThrowAsync<NatsKVException>(store.GetEntryAsync<int>(key).AsTask());
        (await store.TryDeleteAsync(key)).Error.ShouldBeOfType<NatsKVException>();
    }

    [Test]
    public async Task Buckets_are_made_found_changed_and_deleted(CancellationToken token)
    {
        var kv = new NatsKVContext(JetStream());
        var name = UniqueName();
        await Should.ThrowAsync<NATS.Client.JetStream.NatsJSApiException>(kv.GetStoreAsync(name, token).AsTask());
        await kv.CreateOrUpdateStoreAsync(new NatsKVConfig(name) { MaxBytes = 1000 }, token);
        await kv.CreateOrUpdateStoreAsync(new NatsKVConfig(name) { MaxBytes = 2000 }, token);
        (await (await kv.GetStoreAsync(name, token)).GetStatusAsync(token)).Info.Config.MaxBytes.ShouldBe(2000);
        (await kv.GetBucketNamesAsync(token).ToListAsync(token)).ShouldContain(name);
        (await kv.GetStatusesAsync(token).ToListAsync(token)).Select(x => x.Bucket).ShouldContain(name);
        (await kv.DeleteStoreAsync(name, token)).ShouldBeTrue();
        await Should.ThrowAsync<NatsKVException>(kv.CreateStoreAsync("not.a.bucket", token).AsTask());
        await Should.ThrowAsync<NatsKVException>(kv.CreateStoreAsync(new NatsKVConfig("b") { History = 65 }, token).AsTask());
    }

    private async Task<INatsKVStore> CreateStoreAsync(CancellationToken token, int history = 1) =>
        await new NatsKVContext(JetStream()).CreateStoreAsync(
            new NatsKVConfig(UniqueName()) { History = history, Storage = NatsKVStorageType.Memory },
            token);
}
