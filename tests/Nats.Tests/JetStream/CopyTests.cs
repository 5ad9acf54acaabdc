using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>Mirrors, sources and republishing: what the server copies.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class CopyTests(NatsServerVersion version) : JetStreamTest(version)
{
    [Test]
    public async Task A_mirror_has_the_messages_of_its_origin_under_their_sequences(CancellationToken token)
    {
        var js = JetStream();
        var origin = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, origin, 5, token);
        var mirror = await js.CreateStreamAsync(
            new StreamConfig { Name = UniqueName(), Storage = StreamConfigStorage.Memory, Mirror = new StreamSource { Name = origin.Info.Config.Name! } },
            token);
        await Eventually.TrueAsync(
            async () =>
            {
                await mirror.RefreshAsync(cancellationToken: token);
                return mirror.Info.State.LastSeq == 5;
            },
            "the mirror has five messages");
        mirror.Info.Mirror!.Name.ShouldBe(origin.Info.Config.Name);
        (await mirror.GetAsync(new StreamMsgGetRequest { Seq = 3 }, token)).Message.Subject.ShouldBe($"{origin.Info.Config.Name}.0");
    }

    /// <summary>A sourced message names its origin and its sequence there in the header Nats-Stream-Source.</summary>
    [Test]
    public async Task A_source_brings_the_messages_that_its_filter_matches(CancellationToken token)
    {
        var js = JetStream();
        var origin = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, origin, 6, token, subjects: 2);
        var name = origin.Info.Config.Name!;
        var copy = await js.CreateStreamAsync(
            new StreamConfig
            {
                Name = UniqueName(),
                Storage = StreamConfigStorage.Memory,
                Sources = [new StreamSource { Name = name, FilterSubject = $"{name}.1" }],
            },
            token);
        var consumer = await copy.CreateOrderedConsumerAsync(cancellationToken: token);
        var seen = await consumer.ConsumeAsync<int>(cancellationToken: token).Take(3).ToListAsync(token);
        seen.Select(x => x.Data).ShouldBe([1, 3, 5]);
        var source = seen[1].Headers!["Nats-Stream-Source"].ToString().Split(' ');
        source[0].ShouldStartWith(name);
        source[1].ShouldBe("3");
    }

    /// <summary>ADR-28: what is stored is published again with its place in headers.</summary>
    [Test]
    public async Task What_is_stored_is_published_again(CancellationToken token)
    {
        var js = JetStream();
        var again = UniqueName();
        await using var sub = await js.Connection.SubscribeCoreAsync<int>($"{again}.>", cancellationToken: token);
        await js.Connection.PingAsync(token);
        var stream = await CreateStreamAsync(js, token, x => x with { Republish = new Republish { Src = $"{x.Name}.>", Dest = $"{again}.>" } });
        await PublishNumbersAsync(js, stream, 1, token);
        var msg = await sub.Msgs.ReadAsync(token);
        msg.Subject.ShouldBe($"{again}.0");
        msg.Data.ShouldBe(1);
        msg.Headers!["Nats-Sequence"].ToString().ShouldBe("1");
        msg.Headers["Nats-Stream"].ToString().ShouldBe(stream.Info.Config.Name);
    }

    /// <summary>ADR-8: reads come from the mirror, puts go to its origin.</summary>
    [Test]
    public async Task A_bucket_can_mirror_another(CancellationToken token)
    {
        var kv = new NatsKVContext(JetStream());
        var origin = await kv.CreateStoreAsync(new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory }, token);
        await origin.PutAsync("a", 1, cancellationToken: token);
        var mirror = await kv.CreateStoreAsync(
            new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory, Mirror = new StreamSource { Name = origin.Bucket } },
            token);
        await Eventually.TrueAsync(async () => (await mirror.TryGetEntryAsync<int>("a", cancellationToken: token)).Success, "the mirror has the key");
        await mirror.PutAsync("a", 2, cancellationToken: token);
        (await origin.GetEntryAsync<int>("a", cancellationToken: token)).Value.ShouldBe(2);
        await Eventually.TrueAsync(async () => (await mirror.GetEntryAsync<int>("a", cancellationToken: token)).Value == 2, "the mirror has the new value");
        (await mirror.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBe(["a"]);
    }
}
