using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-48 with a server that can do it and one that cannot.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr48TimeRules(Topology topology) : BucketRules(topology)
{
    /// <summary>An older server would keep the keys for ever, without a word.</summary>
    [Test]
    [Rule("ADR-48", "Configuration")]
    public async Task Markers_are_asked_for_only_where_the_level_of_the_API_allows_them(CancellationToken token)
    {
        var kv = KeyValue();
        var config = new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory, LimitMarkerTTL = TimeSpan.FromSeconds(1) };
        if (!IsOldest)
        {
            (await (await kv.CreateStoreAsync(config, token)).GetStatusAsync(token)).LimitMarkerTTL.ShouldBe(TimeSpan.FromSeconds(1));
            return;
        }

        (await Should.ThrowAsync<NatsKVException>(kv.CreateStoreAsync(config, token).AsTask())).Message.ShouldContain("2.11");
        await kv.CreateStoreAsync(config with { LimitMarkerTTL = default }, token);
        await Should.ThrowAsync<NatsKVException>(kv.UpdateStoreAsync(config, token).AsTask());
        await Should.ThrowAsync<NatsKVException>(kv.CreateOrUpdateStoreAsync(config, token).AsTask());
    }

    [Test]
    [Rule("ADR-48", "Context")]
    public async Task A_watcher_is_told_when_the_time_of_a_key_is_over(CancellationToken token)
    {
        if (IsOldest)
        {
            var without = await OpenBucketAsync(token);
            await Should.ThrowAsync<NatsKVException>(without.CreateAsync("k", 1, TimeSpan.FromSeconds(1), cancellationToken: token).AsTask());
            return;
        }

        var bucket = await OpenBucketAsync(token, static x => x with { LimitMarkerTTL = TimeSpan.FromMinutes(1) });
        var watching = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var opts = new NatsKVWatchOpts
        {
            OnNoData = _ =>
            {
                watching.TrySetResult();
                return ValueTask.FromResult(false);
            },
        };
        var told = bucket.WatchAsync<int>(opts: opts, cancellationToken: token).Take(2).ToListAsync(token).AsTask();
        await watching.Task.WaitAsync(token);
        await bucket.CreateAsync("k", 1, TimeSpan.FromSeconds(1), cancellationToken: token);
        var seen = await told;
        seen.Select(static x => (x.Key, x.Operation)).ShouldBe([("k", NatsKVOperation.Put), ("k", NatsKVOperation.Purge)]);
        (await bucket.TryGetEntryAsync<int>("k", cancellationToken: token)).Success.ShouldBeFalse();
    }
}
