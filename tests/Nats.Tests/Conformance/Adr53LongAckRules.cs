using HaNatsBridge.Nats.Tests.JetStream;
using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-53: a server that is told to use the longer reply subjects of ADR-15 does so; one that does not know the flag uses the shorter ones.</summary>
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class Adr53LongAckRules(NatsServerVersion version) : JetStreamTest(version)
{
    protected override NatsServerOptions ServerOptions => new() { Version = Version, JetStream = true, Config = "feature_flags { js_ack_fc_v2: true }" };

    [Test]
    [Rule("ADR-53", "Design")]
    public async Task Messages_with_the_longer_reply_subject_are_consumed_and_acknowledged(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 3, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        var messages = await consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 3 }, cancellationToken: token).ToListAsync(token);
        messages[2].ReplyTo!.Split('.').Length.ShouldBeGreaterThanOrEqualTo(11);
        var metadata = messages[2].Metadata!.Value;
        metadata.Domain.ShouldBeEmpty();
        metadata.Stream.ShouldBe(stream.Info.Config.Name);
        metadata.Consumer.ShouldBe("c");
        metadata.Sequence.ShouldBe(new NatsJSSequencePair(3, 3));
        foreach (var msg in messages)
        {
            await msg.AckAsync(new AckOpts { DoubleAck = true }, token);
        }

        await consumer.RefreshAsync(token);
        consumer.Info.AckFloor.StreamSeq.ShouldBe(3ul);
    }

    [Test]
    [Rule("ADR-53", "Design")]
    public async Task An_ordered_consumer_reads_the_longer_reply_subjects(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 3, token);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        (await consumer.ConsumeAsync<int>(cancellationToken: token).Take(3).Select(static x => x.Data).ToListAsync(token)).ShouldBe([1, 2, 3]);
    }
}
