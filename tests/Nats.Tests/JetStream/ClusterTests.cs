using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>Three servers in a cluster; the one that leads the stream is killed in the middle of the work.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(90_000)]
public sealed class ClusterTests(NatsServerVersion version)
{
    private static readonly TimeSpan ElectionLimit = TimeSpan.FromSeconds(40);

    private NatsClusterProcess? _cluster;
    private NatsConnection _nats = null!;

    [SetUp]
    public async Task StartCluster()
    {
        _cluster = await NatsClusterProcess.StartAsync(version, jetStream: true);
        _nats = new NatsConnection(new NatsOpts
        {
            Url = _cluster.Url,
            ConnectTimeout = CoreTest.Patience,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(500),
            RequestTimeout = TimeSpan.FromSeconds(2),
        });
    }

    [TearDown]
    public async Task StopCluster()
    {
        if (_cluster is { } cluster)
        {
            _cluster = null;
            await _nats.DisposeAsync();
            await cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task Nothing_acknowledged_is_lost_when_the_leader_is_killed(CancellationToken token)
    {
        var js = new NatsJSContext(_nats);
        var stream = await AskLeaderAsync(() => js.CreateStreamAsync(new StreamConfig("ALL", ["all.>"]) { NumReplicas = 3 }, token));
        var store = await AskLeaderAsync(() => new NatsKVContext(js).CreateStoreAsync(new NatsKVConfig("three") { NumberOfReplicas = 3, History = 64 }, token));
        var seen = new List<int>();
        var reading = ReadAsync();
        var revisions = new List<ulong>();
        var watching = WatchAsync();
        var acknowledged = new List<int>();
        var put = new List<ulong>();
        for (var i = 1; i <= 200; i++)
        {
            if (i == 100)
            {
                await KillLeaderAsync(stream, token);
            }

            await SurelyAsync(js, i, token);
            acknowledged.Add(i);
            if (await store.TryPutAsync($"k{i}", i, cancellationToken: token) is { Success: true } result)
            {
                put.Add(result.Value);
            }
        }

        await Eventually.TrueAsync(async () => (await store.TryPutAsync("last", 0, cancellationToken: token)).Success, "the bucket takes values", ElectionLimit);
        await reading;
        await watching;
        seen.ShouldBe(acknowledged);
        revisions.ShouldBe(revisions.Distinct().Order().ToList());
        put.Except(revisions).ShouldBeEmpty();

        async Task ReadAsync()
        {
            var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
            await foreach (var msg in consumer.ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 50, Expires = TimeSpan.FromSeconds(5) }, cancellationToken: token))
            {
                seen.Add(msg.Data);
                if (msg.Data == 200)
                {
                    break;
                }
            }
        }

        async Task WatchAsync()
        {
            await foreach (var entry in store.WatchAsync<int>(opts: new NatsKVWatchOpts { IdleHeartbeat = TimeSpan.FromSeconds(1) }, cancellationToken: token))
            {
                revisions.Add(entry.Revision);
                if (entry.Key == "last")
                {
                    break;
                }
            }
        }
    }

    private static Task<T> AskLeaderAsync<T>(Func<ValueTask<T>> ask) => Eventually.AnswerAsync<T, NatsException>(ask, "the cluster has a leader", ElectionLimit);

    private static Task SurelyAsync(NatsJSContext js, int number, CancellationToken token) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                var result = await js.TryPublishAsync("all.x", number, opts: new NatsJSPubOpts { MsgId = $"{number}" }, cancellationToken: token);
                return result.Success && result.Value.Error is null;
            }
            catch (NatsException)
            {
                return false;
            }
        },
        $"message {number} is acknowledged",
        ElectionLimit);

    private async Task KillLeaderAsync(INatsJSStream stream, CancellationToken token)
    {
        await AskLeaderAsync(async () =>
        {
            await stream.RefreshAsync(cancellationToken: token);
            return stream.Info.Cluster?.Leader ?? throw new NatsJSException("The stream has no leader");
        });
        await _cluster!.Servers.Single(x => x.Name == stream.Info.Cluster!.Leader).KillAsync();
    }
}
