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

    private readonly List<NatsServerProcess> _servers = [];
    private NatsConnection _nats = null!;

    [SetUp]
    public async Task StartCluster()
    {
        int[] ports = [FreePort.Next(), FreePort.Next(), FreePort.Next()];
        var routes = string.Join(", ", ports.Select(port => $"\"nats-route://127.0.0.1:{port}\""));
        for (var i = 0; i < ports.Length; i++)
        {
            _servers.Add(await NatsServerProcess.StartAsync(new NatsServerOptions
            {
                Version = version,
                Name = $"n{i}",
                JetStream = true,
                Config = $"cluster {{ name: three, listen: \"127.0.0.1:{ports[i]}\", routes: [ {routes} ] }}",
            }));
        }

        _nats = new NatsConnection(new NatsOpts
        {
            Url = string.Join(',', _servers.Select(x => x.Url)),
            ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(500),
            RequestTimeout = TimeSpan.FromSeconds(2),
        });
    }

    [TearDown]
    public async Task StopCluster()
    {
        await _nats.DisposeAsync();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _servers.Clear();
    }

    [Test]
    public async Task Nothing_acknowledged_is_lost_when_the_leader_is_killed(CancellationToken token)
    {
        var js = new NatsJSContext(_nats);
        var stream = await CreateAsync(() => js.CreateStreamAsync(new StreamConfig("ALL", ["all.>"]) { NumReplicas = 3 }, token));
        var store = await CreateAsync(() => new NatsKVContext(js).CreateStoreAsync(new NatsKVConfig("three") { NumberOfReplicas = 3, History = 64 }, token));
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

    private static async Task<T> CreateAsync<T>(Func<ValueTask<T>> create)
    {
        var created = default(T);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    created = await create();
                    return true;
                }
                catch (NatsJSException)
                {
                    return false;
                }
            },
            "the cluster has a leader",
            ElectionLimit);
        return created!;
    }

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
        await stream.RefreshAsync(cancellationToken: token);
        var leader = stream.Info.Cluster!.Leader!;
        await _servers[leader[^1] - '0'].KillAsync();
    }
}
