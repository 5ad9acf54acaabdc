using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>A leaf node with a JetStream domain of its own (the server's documentation "JetStream on leaf nodes"): the hub's streams are reached through it by domain.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(45_000)]
public sealed class LeafDomainTests(NatsServerVersion version)
{
    private NatsServerProcess _hub = null!;
    private NatsServerProcess _leaf = null!;
    private NatsConnection _nats = null!;

    [OneTimeSetUp]
    public async Task StartServers()
    {
        var port = FreePort.Next();
        _hub = await StartAsync("hub", $"leafnodes {{ listen: \"127.0.0.1:{port}\" }}");
        _leaf = await StartAsync("leaf", $"leafnodes {{ remotes: [ {{ url: \"nats-leaf://127.0.0.1:{port}\" }} ] }}");
        _nats = new NatsConnection(new NatsOpts { Url = _leaf.Url });
        var hub = Hub();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await hub.GetAccountInfoAsync()).Domain == "hub";
                }
                catch (NatsJSApiNoResponseException)
                {
                    return false;
                }
            },
            "the hub answers through the leaf",
            TimeSpan.FromSeconds(20));
    }

    [OneTimeTearDown]
    public async Task StopServers()
    {
        await _nats.DisposeAsync();
        await _leaf.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Test]
    public async Task The_hubs_streams_are_made_filled_and_read_through_the_leaf(CancellationToken token)
    {
        var hub = Hub();
        var stream = await hub.CreateStreamAsync(new StreamConfig("FAR", ["far.>"]) { Storage = StreamConfigStorage.Memory }, token);
        await Eventually.TrueAsync(
            async () => (await hub.TryPublishAsync("far.a", 1, opts: new NatsJSPubOpts { MsgId = "1" }, cancellationToken: token)) is { Success: true, Value: { Error: null, Domain: "hub" } },
            "the hub's interest has reached the leaf");
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        var msg = await consumer.NextAsync<int>(cancellationToken: token);
        msg!.Data.ShouldBe(1);
        var durable = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        var delivered = await durable.NextAsync<int>(cancellationToken: token);
        await delivered!.AckAsync(new AckOpts { DoubleAck = true }, token);
        await durable.RefreshAsync(token);
        durable.Info.AckFloor.StreamSeq.ShouldBe(1ul);
    }

    /// <summary>ADR-8: behind a domain the puts go the way of the API.</summary>
    [Test]
    public async Task The_hubs_buckets_are_used_through_the_leaf(CancellationToken token)
    {
        var store = await new NatsKVContext(Hub()).CreateStoreAsync(new NatsKVConfig("far") { Storage = NatsKVStorageType.Memory }, token);
        await store.PutAsync("a", 1, cancellationToken: token);
        (await store.GetEntryAsync<int>("a", cancellationToken: token)).Value.ShouldBe(1);
        (await store.CreateAsync("b", 2, cancellationToken: token)).ShouldBe(2ul);
        (await store.WatchAsync<int>(cancellationToken: token).Take(2).Select(x => x.Key).ToListAsync(token)).ShouldBe(["a", "b"]);
        (await store.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBe(["a", "b"]);
        await store.DeleteAsync("a", cancellationToken: token);
        await Should.ThrowAsync<NatsKVKeyDeletedException>(store.GetEntryAsync<int>("a", cancellationToken: token).AsTask());
    }

    [Test]
    public async Task A_stream_of_the_leaf_mirrors_one_of_the_hub(CancellationToken token)
    {
        var hub = Hub();
        await hub.CreateStreamAsync(new StreamConfig("ORIGIN", ["origin.>"]) { Storage = StreamConfigStorage.Memory }, token);
        var leaf = new NatsJSContext(_nats);
        var mirror = await leaf.CreateStreamAsync(
            new StreamConfig { Name = "COPY", Storage = StreamConfigStorage.Memory, Mirror = new StreamSource { Name = "ORIGIN", Domain = "hub" } },
            token);
        await using var atHub = new NatsConnection(new NatsOpts { Url = _hub.Url });
        (await new NatsJSContext(atHub).PublishAsync("origin.a", 7, cancellationToken: token)).EnsureSuccess();
        await Eventually.TrueAsync(
            async () =>
            {
                await mirror.RefreshAsync(cancellationToken: token);
                return mirror.Info.State.Messages == 1;
            },
            "the mirror has the message",
            TimeSpan.FromSeconds(20));
        mirror.Info.Config.Mirror!.External!.Api.ShouldBe("$JS.hub.API");
    }

    private NatsJSContext Hub() => new(_nats, new NatsJSOpts(_nats.Opts, domain: "hub"));

    private Task<NatsServerProcess> StartAsync(string name, string config) => NatsServerProcess.StartAsync(new NatsServerOptions
    {
        Version = version,
        Name = name,
        Config = $"jetstream {{ store_dir: \"./store\", domain: {name}, max_memory_store: 64MB, max_file_store: 64MB }}\n{config}",
    });
}
