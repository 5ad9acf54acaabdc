using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Rules on the shared servers of one topology. What a rule makes bears a name of its own; its connections are closed after it.</summary>
public abstract class ConformanceTest(Topology topology)
{
    private static int _names;

    private readonly List<NatsConnection> _connections = [];
    private Site _site = null!;

    protected Topology Topology => topology;

    protected bool IsOldest => _site.Version == NatsServerVersion.Oldest;

    [OneTimeSetUp]
    public async Task FindSite() => _site = await Sites.GetAsync(topology);

    [TearDown]
    public async Task CloseConnections()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        _connections.Clear();
    }

    /// <summary>A name that nothing else on these servers has, fit for subjects, streams and buckets.</summary>
    protected static string UniqueName() => $"R{Interlocked.Increment(ref _names)}_{Nuid.NewNuid()[..6]}";

    /// <summary>A connection to the server that the rule is about.</summary>
    protected NatsConnection Here(Func<NatsOpts, NatsOpts>? configure = null) => Connect(_site.Here, configure);

    /// <summary>A connection to another server of the same house, where there is one; else a second connection to the same.</summary>
    protected NatsConnection There(Func<NatsOpts, NatsOpts>? configure = null) => Connect(_site.There, configure);

    protected NatsJSContext JetStream(Func<NatsOpts, NatsOpts>? configure = null) => JetStream(Here(configure));

    /// <summary>JetStream of the house, over a connection made by <see cref="Here"/>.</summary>
    protected NatsJSContext JetStream(NatsConnection here) => new(here, new NatsJSOpts(here.Opts, domain: _site.Domain));

    protected NatsKVContext KeyValue() => new(JetStream());

    /// <summary>A stream in memory with the subjects <c>{name}.&gt;</c>.</summary>
    protected async Task<INatsJSStream> CreateStreamAsync(INatsJSContext js, CancellationToken token, Func<StreamConfig, StreamConfig>? configure = null)
    {
        var name = UniqueName();
        var config = new StreamConfig(name, [$"{name}.>"]) { Storage = StreamConfigStorage.Memory };
        var stream = await js.CreateStreamAsync(configure is null ? config : configure(config), token);
        await UntilLeaderKnowsAsync(js, name, isThere: true, token);
        return stream;
    }

    /// <summary>A consumer.</summary>
    protected async Task<INatsJSConsumer> CreateConsumerAsync(INatsJSStream stream, ConsumerConfig config, CancellationToken token)
    {
        var consumer = await stream.CreateOrUpdateConsumerAsync(config, token);
        await UntilLeaderKnowsAsync(stream, consumer.Info.Name, isThere: true, token);
        return consumer;
    }

    /// <summary>A bucket in memory.</summary>
    protected async Task<INatsKVStore> CreateBucketAsync(CancellationToken token, Func<NatsKVConfig, NatsKVConfig>? configure = null)
    {
        var config = new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory };
        var bucket = await KeyValue().CreateStoreAsync(configure is null ? config : configure(config), token);
        await UntilLeaderKnowsAsync(bucket.JetStreamContext, $"KV_{bucket.Bucket}", isThere: true, token);
        return bucket;
    }

    /// <summary>
    /// In a cluster the leader of a stream answers for what was done to it. The leader of the cluster, whom the next request asks, may carry out the same a moment later, and until then says "not
    /// found" (servers up to 2.11) or leaves the answer to servers that know no more of it.
    /// </summary>
    /// <param name="js">Over a connection to the cluster.</param>
    /// <param name="stream">What was made, or deleted.</param>
    /// <param name="isThere">False after a deletion.</param>
    /// <param name="token">Ends the wait.</param>
    protected Task UntilLeaderKnowsAsync(INatsJSContext js, string stream, bool isThere, CancellationToken token) =>
        UntilLeaderKnowsAsync(() => js.ListStreamNamesAsync(cancellationToken: token), stream, isThere, token);

    /// <inheritdoc cref="UntilLeaderKnowsAsync(INatsJSContext, string, bool, CancellationToken)"/>
    protected Task UntilLeaderKnowsAsync(INatsJSStream stream, string consumer, bool isThere, CancellationToken token) =>
        UntilLeaderKnowsAsync(() => stream.ListConsumerNamesAsync(token), consumer, isThere, token);

    /// <summary>
    /// Waits until <paramref name="there"/> knows of the subscriptions that <paramref name="here"/> has made so far: servers tell each other in the order in which they learned, so what is
    /// subscribed now is known once a later subscription is.
    /// </summary>
    protected static async Task UntilKnownAsync(NatsConnection here, NatsConnection there, CancellationToken token)
    {
        var probe = $"probe.{UniqueName()}";
        await using var subscription = await here.SubscribeCoreAsync<string>(probe, cancellationToken: token);
        await Eventually.TrueAsync(
            async () =>
            {
                await there.PublishAsync(probe, "?", cancellationToken: token);
                await there.PingAsync(token);
                await Task.Yield();
                return subscription.Msgs.TryRead(out _);
            },
            "the other server knows the subscription");
    }

    /// <summary>Lists of names are the cluster's leader's to give.</summary>
    private async Task UntilLeaderKnowsAsync(Func<IAsyncEnumerable<string>> list, string name, bool isThere, CancellationToken token)
    {
        if (topology is Topology.OldestCluster or Topology.NewestCluster)
        {
            await Eventually.TrueAsync(async () => await list().ContainsAsync(name, cancellationToken: token) == isThere, $"the leader of the cluster knows of {name}");
        }
    }

    private NatsConnection Connect(NatsServerProcess server, Func<NatsOpts, NatsOpts>? configure)
    {
        var opts = new NatsOpts { Url = server.Url, ConnectTimeout = TimeSpan.FromSeconds(20), RequestTimeout = TimeSpan.FromSeconds(15) };
        var connection = new NatsConnection(configure is null ? opts : configure(opts));
        _connections.Add(connection);
        return connection;
    }
}
