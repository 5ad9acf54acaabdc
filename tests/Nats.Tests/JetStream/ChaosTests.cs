using System.Collections.Concurrent;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>The server is killed (SIGKILL) and started again in the middle of the work: nothing acknowledged is lost, nothing comes twice or out of order.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
public sealed class ChaosTests(NatsServerVersion version) : JetStreamTest(version)
{
    private const int Kills = 3;
    private const int AcknowledgedBetweenKills = 20;

    /// <summary>What was sent to a server that was killed is never answered: whoever asked gives up soon and asks again.</summary>
    private static readonly TimeSpan SoonGivenUp = TimeSpan.FromMilliseconds(250);

    [Test]
    public async Task Nothing_acknowledged_is_lost_and_an_ordered_consumer_sees_it_all_once(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateFileStreamAsync(js, token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var reading = ReadAllAsync(stream, stop.Token, token);
        var acknowledged = await PublishThroughKillsAsync(stream.Info.Config.Name!, token);
        var (seen, sequences) = await reading;
        seen.Distinct().Count().ShouldBe(seen.Count, "nothing twice");
        sequences.ShouldBe(sequences.Order().ToList(), "in the stream's order");
        acknowledged.Except(seen).ShouldBeEmpty();
    }

    [Test]
    public async Task A_durable_consumer_gets_everything_at_least_once(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateFileStreamAsync(js, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c") { AckWait = TimeSpan.FromSeconds(1) }, token);
        var seen = new ConcurrentDictionary<int, bool>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var consuming = ConsumeAsync();
        var acknowledged = await PublishThroughKillsAsync(stream.Info.Config.Name!, token);

        // What was on its way to the client when the server was killed comes again after its time, behind what is newer.
        await Eventually.TrueAsync(() => acknowledged.TrueForAll(seen.ContainsKey), "all that was acknowledged is delivered");
        await stop.CancelAsync();
        await consuming;

        async Task ConsumeAsync()
        {
            await foreach (var msg in consumer.ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 20 }, cancellationToken: stop.Token))
            {
                seen[msg.Data] = true;
                await msg.AckAsync(cancellationToken: token);
            }
        }
    }

    [Test]
    public async Task A_watcher_sees_every_change_of_a_key_once(CancellationToken token)
    {
        var store = await new NatsKVContext(JetStream()).CreateStoreAsync(new NatsKVConfig(UniqueName()) { History = 64 }, token);
        var (watched, writer) = (await OpenImpatientlyAsync(store.Bucket, token), await OpenImpatientlyAsync(store.Bucket, token));
        var revisions = new List<ulong>();
        var watching = WatchAsync();
        var written = new List<ulong>();
        var killing = KillAsync(() => written.Count, token);
        for (var i = 0; !killing.IsCompleted || i < 60; i++)
        {
            var result = await writer.TryPutAsync($"k{i}", i, cancellationToken: token);
            if (result.Success)
            {
                written.Add(result.Value);
            }
        }

        await killing;
        await PutAtLastAsync(writer, token);
        await watching;
        revisions.ShouldBe(revisions.Distinct().Order().ToList(), "each once and in order");
        written.Except(revisions).ShouldBeEmpty();

        async Task WatchAsync()
        {
            await foreach (var entry in watched.WatchAsync<int>(opts: new NatsKVWatchOpts { IdleHeartbeat = TimeSpan.FromSeconds(0.5) }, cancellationToken: token))
            {
                revisions.Add(entry.Revision);
                if (entry.Key == "last")
                {
                    break;
                }
            }
        }
    }

    /// <summary>The line breaks at whatever byte comes after the next 6,000: in the middle of a message, a header, a command.</summary>
    [Test]
    public async Task A_watcher_behind_a_line_that_breaks_again_and_again_sees_every_change_once(CancellationToken token)
    {
        await using var line = new TcpProxy(Server.Port) { CutAfterFromServer = 6_000, Fragment = 700 };
        var store = await new NatsKVContext(JetStream()).CreateStoreAsync(new NatsKVConfig(UniqueName()) { History = 64, Storage = NatsKVStorageType.Memory }, token);
        var watched = await OpenImpatientlyAsync(store.Bucket, token, x => x with { Url = line.Url });
        var revisions = new List<ulong>();
        var watching = WatchAsync();
        for (var i = 0; i < 300; i++)
        {
            await store.PutAsync($"k{i % 7}", new string('x', i % 100), cancellationToken: token);
        }

        await store.PutAsync("last", string.Empty, cancellationToken: token);
        await watching;
        line.Accepted.ShouldBeGreaterThan(3, "the line broke");
        revisions.ShouldBe(Enumerable.Range(1, 301).Select(x => (ulong)x).ToList());

        async Task WatchAsync()
        {
            var opts = new NatsKVWatchOpts { IncludeHistory = true, IdleHeartbeat = TimeSpan.FromSeconds(0.5) };
            await foreach (var entry in watched.WatchAsync<string>(opts: opts, cancellationToken: token))
            {
                revisions.Add(entry.Revision);
                if (entry.Key == "last")
                {
                    break;
                }
            }
        }
    }

    [Test]
    public async Task A_durable_consumer_behind_a_line_that_breaks_again_and_again_gets_everything(CancellationToken token)
    {
        await using var line = new TcpProxy(Server.Port) { CutAfterFromServer = 4_000 };
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 300, token);
        var behind = JetStream(x => x with { Url = line.Url, RequestTimeout = SoonGivenUp });
        await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c") { AckWait = TimeSpan.FromSeconds(0.5) }, token);
        var consumer = await SurelyAsync(() => behind.GetConsumerAsync(stream.Info.Config.Name!, "c", token));
        var seen = new HashSet<int>();
        await foreach (var msg in consumer.ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 20 }, cancellationToken: token))
        {
            seen.Add(msg.Data);
            await msg.AckAsync(cancellationToken: token);
            if (seen.Count == 300)
            {
                break;
            }
        }

        line.Accepted.ShouldBeGreaterThan(3, "the line broke");
    }

    /// <summary>A partition in which nothing passes and nothing is closed: only the silence tells.</summary>
    [Test]
    public async Task A_watcher_survives_a_silent_partition(CancellationToken token)
    {
        await using var line = new TcpProxy(Server.Port);
        var store = await new NatsKVContext(JetStream()).CreateStoreAsync(new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory }, token);
        var far = JetStream(x => x with { Url = line.Url, RequestTimeout = SoonGivenUp, PingInterval = TimeSpan.FromSeconds(0.3), MaxPingOut = 1 });
        var watched = await SurelyAsync(() => new NatsKVContext(far).GetStoreAsync(store.Bucket, token));
        var opts = new NatsKVWatchOpts { IdleHeartbeat = TimeSpan.FromSeconds(0.5) };
        await using var entries = watched.WatchAsync<int>(opts: opts, cancellationToken: token).GetAsyncEnumerator(token);
        await store.PutAsync("a", 1, cancellationToken: token);
        (await entries.MoveNextAsync()).ShouldBeTrue();
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        far.Connection.ConnectionDisconnected += (_, _) =>
        {
            lost.TrySetResult();
            return ValueTask.CompletedTask;
        };
        line.Silent = true;
        var next = entries.MoveNextAsync().AsTask();
        await store.PutAsync("b", 2, cancellationToken: token);
        await lost.Task.WaitAsync(token);
        next.IsCompleted.ShouldBeFalse();
        line.Silent = false;
        (await next).ShouldBeTrue();
        entries.Current.Revision.ShouldBe(2ul);
        await store.PutAsync("c", 3, cancellationToken: token);
        (await entries.MoveNextAsync()).ShouldBeTrue();
        entries.Current.Revision.ShouldBe(3ul);
    }

    [Test]
    public async Task Next_survives_a_restart(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateFileStreamAsync(js, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        var next = consumer.NextAsync<int>(cancellationToken: token).AsTask();
        await Server.RestartAsync(token);
        await PublishSurelyAsync(JetStream(), $"{stream.Info.Config.Name}.x", 7, token);
        (await next)!.Data.ShouldBe(7);
    }

    /// <summary>A server that hangs (SIGSTOP) closes no connection: only missing heartbeats tell. When it goes on, so does everything.</summary>
    [Test]
    public async Task An_ordered_consumer_survives_a_server_that_hangs(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateFileStreamAsync(js, token);
        var notified = new TaskCompletionSource();
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        var opts = new NatsJSConsumeOpts
        {
            Expires = TimeSpan.FromSeconds(1),
            IdleHeartbeat = TimeSpan.FromSeconds(0.5),
            NotificationHandler = (notification, _) =>
            {
                if (notification is NatsJSTimeoutNotification)
                {
                    notified.TrySetResult();
                }

                return Task.CompletedTask;
            },
        };
        await using var messages = consumer.ConsumeAsync<int>(opts: opts, cancellationToken: token).GetAsyncEnumerator(token);
        await PublishNumbersAsync(js, stream, 1, token);
        (await messages.MoveNextAsync()).ShouldBeTrue();
        var next = messages.MoveNextAsync().AsTask();
        await Server.PauseAsync();
        try
        {
            await notified.Task.WaitAsync(token);
        }
        finally
        {
            await Server.ResumeAsync();
        }

        await PublishSurelyAsync(js, $"{stream.Info.Config.Name}.x", 2, token);
        (await next).ShouldBeTrue();
        messages.Current.Data.ShouldBe(2);
    }

    private static async Task<(List<int> Seen, List<ulong> Sequences)> ReadAllAsync(INatsJSStream stream, CancellationToken stop, CancellationToken token)
    {
        var seen = new List<int>();
        var sequences = new List<ulong>();
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        await foreach (var msg in consumer.ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 20 }, cancellationToken: stop))
        {
            if (msg.Data == -1)
            {
                break;
            }

            seen.Add(msg.Data);
            sequences.Add(msg.Metadata!.Value.Sequence.Stream);
        }

        return (seen, sequences);
    }

    private async Task<INatsJSStream> CreateFileStreamAsync(NatsJSContext js, CancellationToken token) =>
        await CreateStreamAsync(js, token, x => x with { Storage = StreamConfigStorage.File });

    /// <summary>The bucket, over a connection of its own.</summary>
    private Task<INatsKVStore> OpenImpatientlyAsync(string bucket, CancellationToken token, Func<NatsOpts, NatsOpts>? configure = null)
    {
        var buckets = new NatsKVContext(JetStream(x => (configure?.Invoke(x) ?? x) with { RequestTimeout = SoonGivenUp }));
        return SurelyAsync(() => buckets.GetStoreAsync(bucket, token));
    }

    /// <summary>Publishes numbers while the server is killed and started again, then -1; returns what was acknowledged.</summary>
    private async Task<List<int>> PublishThroughKillsAsync(string stream, CancellationToken token)
    {
        var js = JetStream(x => x with { RequestTimeout = SoonGivenUp });
        var acknowledged = new List<int>();
        var killing = KillAsync(() => acknowledged.Count, token);
        for (var i = 0; !killing.IsCompleted || i < 500; i++)
        {
            // With an id, a second try of what may have been stored is no second message.
            for (var attempt = 0; attempt < 20; attempt++)
            {
                var opts = new NatsJSPubOpts { MsgId = $"{i}" };
                if (await TryPublishAsync(js, $"{stream}.x", i, opts, token))
                {
                    acknowledged.Add(i);
                    break;
                }
            }
        }

        await killing;
        await PublishSurelyAsync(js, $"{stream}.x", -1, token);
        return acknowledged;
    }

    private static async Task<bool> TryPublishAsync(NatsJSContext js, string subject, int number, NatsJSPubOpts opts, CancellationToken token)
    {
        try
        {
            var result = await js.TryPublishAsync(subject, number, opts: opts, cancellationToken: token);
            return result.Success && result.Value.Error is null;
        }
        catch (NatsException)
        {
            return false;
        }
    }

    private static Task PublishSurelyAsync(NatsJSContext js, string subject, int number, CancellationToken token) =>
        Eventually.TrueAsync(
            () => TryPublishAsync(js, subject, number, new NatsJSPubOpts { MsgId = $"{subject}{number}" }, token),
            "the server takes messages again",
            TimeSpan.FromSeconds(30));

    private static Task PutAtLastAsync(INatsKVStore store, CancellationToken token) =>
        Eventually.TrueAsync(async () => (await store.TryPutAsync("last", 0, cancellationToken: token)).Success, "the bucket takes values again", TimeSpan.FromSeconds(30));

    /// <summary>Each time in the middle of traffic: when some more was acknowledged since the last time.</summary>
    private async Task KillAsync(Func<int> acknowledged, CancellationToken token)
    {
        for (var i = 0; i < Kills; i++)
        {
            var enough = acknowledged() + AcknowledgedBetweenKills;
            await Eventually.TrueAsync(() => acknowledged() >= enough, "traffic goes on", TimeSpan.FromSeconds(30));
            await Server.RestartAsync(token);
        }
    }
}
