using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The page "JetStream on leaf nodes": a hub and a leaf, each with a JetStream domain of its own, seen by a client of the leaf.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(45_000)]
public sealed class LeafDomainRules(NatsServerVersion version)
{
    private static readonly NatsJSPubOpts Patient = new() { RetryAttempts = 100, RetryWaitBetweenAttempts = TimeSpan.FromMilliseconds(20) };

    private NatsServerProcess _hub = null!;
    private NatsServerProcess _leaf = null!;
    private NatsConnection _nats = null!;
    private NatsConnection _atHub = null!;
    private int _names;

    private NatsJSContext Leaf => new(_nats);

    private NatsJSContext Hub => new(_nats, new NatsJSOpts(_nats.Opts, domain: "hub"));

    [OneTimeSetUp]
    public async Task StartServers()
    {
        var port = FreePort.Next();
        _hub = await StartAsync("hub", $"leafnodes {{ listen: \"127.0.0.1:{port}\" }}");
        _leaf = await StartAsync("leaf", $"leafnodes {{ remotes: [ {{ url: \"nats-leaf://127.0.0.1:{port}\" }} ] }}");
        _nats = new NatsConnection(new NatsOpts { Url = _leaf.Url, ConnectTimeout = CoreTest.Patience });
        _atHub = new NatsConnection(new NatsOpts { Url = _hub.Url, ConnectTimeout = CoreTest.Patience });
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await Hub.GetAccountInfoAsync()).Domain == "hub";
                }
                catch (NatsException)
                {
                    return false;
                }
            },
            "the hub answers through the leaf");
    }

    [OneTimeTearDown]
    public async Task StopServers()
    {
        // A start that failed has left some of them out.
        if (_nats is not null)
        {
            await _nats.DisposeAsync();
        }

        if (_atHub is not null)
        {
            await _atHub.DisposeAsync();
        }

        if (_leaf is not null)
        {
            await _leaf.DisposeAsync();
        }

        await _hub.DisposeAsync();
    }

    [Test]
    [Rule("JetStream on leaf nodes", "Leaf Nodes")]
    public async Task Without_a_domain_the_server_of_the_connection_answers_and_with_one_the_server_of_that(CancellationToken token)
    {
        (await Leaf.GetAccountInfoAsync(token)).Domain.ShouldBe("leaf");
        (await Hub.GetAccountInfoAsync(token)).Domain.ShouldBe("hub");
        (await new NatsJSContext(_atHub).GetAccountInfoAsync(token)).Domain.ShouldBe("hub");
        (await new NatsJSContext(_atHub, new NatsJSOpts(_atHub.Opts, domain: "leaf")).GetAccountInfoAsync(token)).Domain.ShouldBe("leaf");
    }

    [Test]
    [Rule("JetStream on leaf nodes", "Leaf Nodes")]
    public async Task Two_domains_may_have_streams_of_one_name(CancellationToken token)
    {
        var name = UniqueName();
        await CreateAsync(Leaf, name, $"{name}.leaf", token);
        await CreateAsync(Hub, name, $"{name}.hub", token);
        (await Leaf.GetStreamAsync(name, cancellationToken: token)).Info.Config.Subjects.ShouldBe([$"{name}.leaf"]);
        (await Hub.GetStreamAsync(name, cancellationToken: token)).Info.Config.Subjects.ShouldBe([$"{name}.hub"]);
        await Leaf.DeleteStreamAsync(name, token);
        (await Hub.ListStreamNamesAsync($"{name}.hub", token).ToListAsync(token)).ShouldBe([name]);
    }

    [Test]
    [Rule("JetStream on leaf nodes", "Leaf Nodes")]
    public async Task A_message_is_stored_by_every_domain_whose_streams_take_its_subject(CancellationToken token)
    {
        var name = UniqueName();
        var (leaf, hub) = (await CreateAsync(Leaf, name, $"{name}.>", token), await CreateAsync(Hub, name, $"{name}.>", token));
        await Eventually.TrueAsync(
            async () =>
            {
                await _nats.PublishAsync($"{name}.a", 1, cancellationToken: token);
                await leaf.RefreshAsync(token);
                await hub.RefreshAsync(token);
                return leaf.Info.State.Messages > 0 && hub.Info.State.Messages > 0;
            },
            "both have it");
    }

    [Test]
    [Rule("JetStream on leaf nodes", "Usage")]
    public async Task A_stream_of_another_domain_is_made_filled_and_read_by_its_domain(CancellationToken token)
    {
        var name = UniqueName();
        var stream = await CreateAsync(Hub, name, $"{name}.>", token);
        var stored = await Hub.PublishAsync($"{name}.a", 1, opts: Patient with { MsgId = "1" }, cancellationToken: token);
        (stored.Error, stored.Domain, stored.Stream).ShouldBe((null, "hub", name));
        (await (await stream.CreateOrderedConsumerAsync(cancellationToken: token)).NextAsync<int>(cancellationToken: token))!.Data.ShouldBe(1);
    }

    [Test]
    [Rule("JetStream on leaf nodes", "Usage")]
    public async Task An_acknowledgement_finds_its_way_back_into_the_domain_of_the_consumer(CancellationToken token)
    {
        var name = UniqueName();
        var stream = await CreateAsync(Hub, name, $"{name}.>", token);
        (await Hub.PublishAsync($"{name}.a", 1, opts: Patient with { MsgId = "1" }, cancellationToken: token)).EnsureSuccess();
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        var message = await consumer.NextAsync<int>(cancellationToken: token);
        await message!.AckAsync(new AckOpts { DoubleAck = true }, token);
        await consumer.RefreshAsync(token);
        consumer.Info.AckFloor.StreamSeq.ShouldBe(1ul);
    }

    [Test]
    [Rule("JetStream on leaf nodes", "Copying across domains via source or mirror")]
    public async Task A_mirror_of_another_domain_is_reached_by_the_prefix_of_that_domain(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var mirror = await Leaf.CreateStreamAsync(Copy() with { Mirror = new StreamSource { Name = origin, Domain = "hub" } }, token);
        mirror.Info.Config.Mirror!.External!.Api.ShouldBe("$JS.hub.API");
        await UntilOneAsync(mirror, token);
    }

    [Test]
    [Rule("JetStream on leaf nodes", "Copying across domains via source or mirror")]
    public async Task Streams_of_other_domains_are_gathered_as_sources(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var copy = await Leaf.CreateStreamAsync(Copy() with { Sources = [new StreamSource { Name = origin, Domain = "hub" }] }, token);
        copy.Info.Config.Sources!.Single().External!.Api.ShouldBe("$JS.hub.API");
        await UntilOneAsync(copy, token);
    }

    /// <summary>ADR-8: behind a domain the puts go the way of the API, because the leaf lets nothing else of it pass.</summary>
    [Test]
    [Rule("ADR-19", "KV Example")]
    public async Task A_bucket_of_another_domain_is_used_by_its_domain(CancellationToken token)
    {
        var bucket = await new NatsKVContext(Hub).CreateStoreAsync(new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory }, token);
        await using var tap = await WireTap.OpenAsync(_nats, $"$JS.hub.API.$KV.{bucket.Bucket}.>", token);
        (await bucket.PutAsync("a", 1, cancellationToken: token)).ShouldBe(1ul);
        (await tap.NextAsync(token)).Subject.ShouldBe($"$JS.hub.API.$KV.{bucket.Bucket}.a");
        (await bucket.GetEntryAsync<int>("a", cancellationToken: token)).Value.ShouldBe(1);
        (await bucket.CreateAsync("b", 2, cancellationToken: token)).ShouldBe(2ul);
        (await bucket.WatchAsync<int>(cancellationToken: token).Take(2).Select(static x => x.Key).ToListAsync(token)).ShouldBe(["a", "b"]);
        await bucket.DeleteAsync("a", cancellationToken: token);
        (await bucket.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBe(["b"]);
    }

    [Test]
    [Rule("ADR-8", "Multi-Cluster and Leafnode topologies")]
    public async Task A_bucket_of_another_domain_can_be_mirrored_here_and_written_there(CancellationToken token)
    {
        var origin = await new NatsKVContext(Hub).CreateStoreAsync(new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory }, token);
        await origin.PutAsync("a", 1, cancellationToken: token);
        var config = new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory, Mirror = new StreamSource { Name = origin.Bucket, Domain = "hub" } };
        var mirror = await new NatsKVContext(Leaf).CreateStoreAsync(config, token);
        await Eventually.TrueAsync(async () => (await mirror.TryGetEntryAsync<int>("a", cancellationToken: token)).Success, "the mirror has the key");
        (await mirror.UpdateAsync("a", 2, 1, cancellationToken: token)).ShouldBe(2ul);
        (await origin.GetEntryAsync<int>("a", cancellationToken: token)).Value.ShouldBe(2);
        await Eventually.TrueAsync(async () => (await mirror.GetEntryAsync<int>("a", cancellationToken: token)).Value == 2, "the mirror has the new value");
    }

    private string UniqueName() => $"L{Interlocked.Increment(ref _names)}";

    private StreamConfig Copy() => new() { Name = UniqueName(), Storage = StreamConfigStorage.Memory };

    private static async Task<INatsJSStream> CreateAsync(NatsJSContext js, string name, string subject, CancellationToken token) =>
        await js.CreateStreamAsync(new StreamConfig(name, [subject]) { Storage = StreamConfigStorage.Memory }, token);

    /// <summary>A stream of the hub with one message, which a client of the hub published.</summary>
    private async Task<string> FilledAsync(CancellationToken token)
    {
        var name = UniqueName();
        await CreateAsync(Hub, name, $"{name}.>", token);
        (await new NatsJSContext(_atHub).PublishAsync($"{name}.a", 7, cancellationToken: token)).EnsureSuccess();
        return name;
    }

    private static Task UntilOneAsync(INatsJSStream copy, CancellationToken token) => Eventually.TrueAsync(
        async () =>
        {
            await copy.RefreshAsync(token);
            return copy.Info.State.Messages == 1;
        },
        "the copy has the message");

    private Task<NatsServerProcess> StartAsync(string name, string config) => NatsServerProcess.StartAsync(new NatsServerOptions
    {
        Version = version,
        Name = name,
        Config = $"jetstream {{ store_dir: \"./store\", domain: {name}, max_memory_store: 64MB, max_file_store: 64MB }}\n{config}",
    });
}
