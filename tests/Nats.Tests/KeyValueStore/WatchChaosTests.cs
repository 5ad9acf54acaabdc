using HaNatsBridge.Nats.Tests.JetStream;
using HaNatsBridge.Tests.Support;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.KeyValueStore;

/// <summary>The server is killed (SIGKILL) and started again under watchers of every kind: none misses, doubles or reorders anything, and none gets what it did not ask for.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
public sealed class WatchChaosTests(NatsServerVersion version) : JetStreamTest(version)
{
    private const int Before = 12;
    private const int EachTime = 30;
    private const int Kills = 2;

    /// <summary>Every watcher asks for it.</summary>
    private const string LastKey = "a.last";

    [Test]
    public async Task Watchers_of_every_kind_see_what_they_asked_for_once_and_in_order_over_restarts(CancellationToken token)
    {
        var bucket = await new NatsKVContext(JetStream()).CreateStoreAsync(new NatsKVConfig(UniqueName()) { History = 64 }, token);
        var impatient = new NatsKVContext(JetStream(static x => x with { RequestTimeout = TimeSpan.FromSeconds(0.25) }));
        var writer = await SurelyAsync(() => impatient.GetStoreAsync(bucket.Bucket, token));
        await WriteAsync(writer, 0, Before, token);
        Kind[] kinds =
        [
            new("all", [">"], new(), static _ => true),
            new("a range", ["a.*"], new(), static x => x.Key[0] == 'a'),
            new("several", ["b.1", "a.>"], new(), static x => x.Key[0] == 'a' || x.Key == "b.1"),
            new("no deletions", [">"], new() { IgnoreDeletes = true }, static x => x.Operation == NatsKVOperation.Put),
            new("metadata", [">"], new() { MetaOnly = true }, static _ => true),
            new("updates", [">"], new() { UpdatesOnly = true }, static x => x.Revision > Before),
            new("several updates", ["c.>", "a.>"], new() { UpdatesOnly = true }, static x => x.Revision > Before && x.Key[0] != 'b'),
            new("resumed", [">"], new() { ResumeAtRevision = 5 }, static x => x.Revision >= 5),
            new("history", ["a.*"], new() { IncludeHistory = true }, static x => x.Key[0] == 'a'),
        ];
        var watchers = kinds.Select(x => new Watcher(bucket, x, token)).ToList();
        await Task.WhenAll(watchers.Select(static x => x.CaughtUp));
        for (var i = 0; i < Kills; i++)
        {
            await WriteAsync(writer, Before + (2 * i * EachTime), EachTime, token);
            var restarting = Server.RestartAsync(token);
            await WriteAsync(writer, Before + (((2 * i) + 1) * EachTime), EachTime, token);
            await restarting;
        }

        await PutAtLastAsync(writer, LastKey, -1, token);
        await Task.WhenAll(watchers.Select(static x => x.Done));

        // A put that was not acknowledged may have been stored; what is in the bucket counts.
        var stored = await bucket.HistoryAsync<int>(">", cancellationToken: token).ToListAsync(token);
        stored.Count.ShouldBeGreaterThan(Before + (Kills * EachTime));
        foreach (var watcher in watchers)
        {
            var expected = stored.Where(watcher.Kind.Asked).TakeWhile(x => x.Key != LastKey).Select(x => (x.Revision, x.Key, watcher.Kind.Opts.MetaOnly ? 0 : x.Value, x.Operation));
            watcher.Seen.Select(static x => (x.Revision, x.Key, x.Value, x.Operation)).ShouldBe(expected, watcher.Kind.Name);
        }
    }

    /// <summary>It has caught up with nothing, so there is no revision to go on from but the end of the bucket when it began.</summary>
    [TestCase(true, true)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(false, false)]
    public async Task A_watcher_that_has_seen_nothing_yet_misses_nothing_that_is_written_while_it_is_away(bool updatesOnly, bool empty, CancellationToken token)
    {
        await using var line = new TcpProxy(Server.Port);
        var bucket = await new NatsKVContext(JetStream()).CreateStoreAsync(new NatsKVConfig(UniqueName()) { History = 64 }, token);
        if (!empty)
        {
            await bucket.PutAsync("other", 0, cancellationToken: token);
        }

        var watched = await new NatsKVContext(JetStream(x => x with { Url = line.Url })).GetStoreAsync(bucket.Bucket, token);
        var watcher = new Watcher(watched, new Kind("quiet", ["k", LastKey], new() { UpdatesOnly = updatesOnly }, static _ => true), token);
        await watcher.CaughtUp;
        line.Refuse = true;
        line.Cut();
        await Server.RestartAsync(token);
        for (var i = 1; i <= 3; i++)
        {
            await PutAtLastAsync(bucket, "k", i, token);
        }

        line.Refuse = false;
        await PutAtLastAsync(bucket, LastKey, -1, token);
        await watcher.Done;
        watcher.Seen.Select(static x => x.Value).ShouldBe([1, 2, 3]);
    }

    private static Task PutAtLastAsync(INatsKVStore bucket, string key, int value, CancellationToken token) =>
        Eventually.TrueAsync(async () => (await bucket.TryPutAsync(key, value, cancellationToken: token)).Success, "the bucket takes values again");

    /// <summary>Puts numbers under 21 keys in three ranges, in place of every fourth a deletion; what cannot be stored just now is left out.</summary>
    private static async Task WriteAsync(INatsKVStore bucket, int from, int count, CancellationToken token)
    {
        for (var i = from; i < from + count; i++)
        {
            var key = $"{"abc"[i % 3]}.{i % 7}";
            if (i % 4 == 3)
            {
                await bucket.TryDeleteAsync(key, cancellationToken: token);
            }
            else
            {
                await bucket.TryPutAsync(key, i, cancellationToken: token);
            }
        }
    }

    private sealed record Kind(string Name, string[] Keys, NatsKVWatchOpts Opts, Func<NatsKVEntry<int>, bool> Asked);

    /// <summary>Watches until the last key comes.</summary>
    private sealed class Watcher
    {
        private readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Watcher(INatsKVStore bucket, Kind kind, CancellationToken token)
        {
            Kind = kind;
            var opts = kind.Opts with
            {
                IdleHeartbeat = TimeSpan.FromSeconds(0.5),
                OnNoData = _ =>
                {
                    _caughtUp.TrySetResult();
                    return ValueTask.FromResult(false);
                },
            };
            Done = WatchAsync(bucket.WatchAsync<int>(kind.Keys, opts: opts, cancellationToken: token));
        }

        public Kind Kind { get; }

        /// <summary>The end of the initial data was told.</summary>
        public Task CaughtUp => _caughtUp.Task;

        public Task Done { get; }

        public List<NatsKVEntry<int>> Seen { get; } = [];

        private async Task WatchAsync(IAsyncEnumerable<NatsKVEntry<int>> entries)
        {
            await foreach (var entry in entries)
            {
                if (entry.Key == LastKey)
                {
                    return;
                }

                Seen.Add(entry);
            }
        }
    }
}
