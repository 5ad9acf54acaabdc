using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-15: what acknowledgements bring about.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr15AckRules(Topology topology) : JetStreamConformanceTest(topology)
{
    private static readonly AckOpts Confirmed = new() { DoubleAck = true };

    [Test]
    [Rule("ADR-15", "JSAck")]
    public async Task The_reply_subject_tells_where_the_message_stands(CancellationToken token)
    {
        var (_, stream, consumer) = await CreateConsumerAsync(3, token);
        var messages = await consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 2 }, cancellationToken: token).ToListAsync(token);
        var metadata = messages[1].Metadata!.Value;
        metadata.Sequence.ShouldBe(new NatsJSSequencePair(2, 2));
        metadata.NumDelivered.ShouldBe(1ul);
        metadata.NumPending.ShouldBe(1ul);
        metadata.Stream.ShouldBe(stream.Info.Config.Name);
        metadata.Consumer.ShouldBe("c");
        metadata.Timestamp.ShouldBe((await stream.GetAsync(new StreamMsgGetRequest { Seq = 2 }, token)).Message.Time, TimeSpan.FromTicks(10));
    }

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task An_acknowledged_message_is_done(CancellationToken token)
    {
        var (_, _, consumer) = await CreateConsumerAsync(2, token);
        await foreach (var msg in consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 2 }, cancellationToken: token))
        {
            await msg.AckAsync(cancellationToken: token);
        }

        await ShouldBeDoneAsync(consumer, 2, token);
    }

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task A_negative_acknowledgement_brings_the_message_again(CancellationToken token)
    {
        var (_, _, consumer) = await CreateConsumerAsync(1, token);
        await (await NextAsync(consumer, token)).NakAsync(cancellationToken: token);
        (await NextAsync(consumer, token)).Metadata!.Value.NumDelivered.ShouldBe(2ul);
    }

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task A_negative_acknowledgement_can_ask_for_a_pause_before_the_message_comes_again(CancellationToken token)
    {
        var (_, _, consumer) = await CreateConsumerAsync(1, token);
        var first = await NextAsync(consumer, token);
        var asked = TimeProvider.System.GetTimestamp();
        await first.NakAsync(delay: TimeSpan.FromMilliseconds(200), cancellationToken: token);
        (await NextAsync(consumer, token)).Metadata!.Value.NumDelivered.ShouldBe(2ul);
        TimeProvider.System.GetElapsedTime(asked).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(150));
    }

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task A_terminated_message_is_done_without_being_acknowledged(CancellationToken token)
    {
        var (_, _, consumer) = await CreateConsumerAsync(1, token);
        await (await NextAsync(consumer, token)).AckTerminateAsync(Confirmed, token);
        await ShouldBeDoneAsync(consumer, 1, token);
        (await TakeAsync(consumer.FetchNoWaitAsync<int>(new NatsJSFetchOpts { MaxMsgs = 1 }, cancellationToken: token), token)).ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task Work_in_progress_starts_the_wait_for_the_acknowledgement_anew(CancellationToken token)
    {
        var wait = TimeSpan.FromMilliseconds(400);
        var pauses = new Pauses(wait * 0.75);
        INatsJSConsumer consumer;
        INatsJSMsg<int> msg;
        do
        {
            (_, _, consumer) = await CreateConsumerAsync(1, token, x => x with { AckWait = wait });
            pauses.Begin();
            msg = await NextAsync(consumer, token);
            pauses.Mark();
            for (var i = 0; i < 5; i++)
            {
                // Time is the rule here: altogether longer than the wait.
                await Task.Delay(wait / 4, token);
                await msg.AckProgressAsync(Confirmed, token);
                pauses.Mark();
            }

            await consumer.RefreshAsync(token);
            pauses.Mark();
        }
        while (pauses.AnyTooLong);

        consumer.Info.NumRedelivered.ShouldBe(0);
        await msg.AckAsync(Confirmed, token);
        await ShouldBeDoneAsync(consumer, 1, token);
    }

    [Test]
    [Rule("Consumers", "AckPolicy")]
    public async Task Where_one_acknowledgement_stands_for_all_before_it_the_last_is_enough(CancellationToken token)
    {
        var (_, _, consumer) = await CreateConsumerAsync(3, token, static x => x with { AckPolicy = ConsumerConfigAckPolicy.All });
        var messages = await consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 3 }, cancellationToken: token).ToListAsync(token);
        await messages[^1].AckAsync(Confirmed, token);
        await ShouldBeDoneAsync(consumer, 3, token);
    }

    [Test]
    [Rule("Consumers", "AckPolicy")]
    public async Task What_is_not_acknowledged_in_time_comes_again(CancellationToken token)
    {
        var (_, _, consumer) = await CreateConsumerAsync(1, token, static x => x with { AckWait = TimeSpan.FromMilliseconds(100) });
        await NextAsync(consumer, token);
        (await NextAsync(consumer, token)).Metadata!.Value.NumDelivered.ShouldBe(2ul);
    }

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task Messages_of_a_consumer_without_acknowledgements_are_acknowledged_in_vain_without_an_error(CancellationToken token)
    {
        var (_, _, consumer) = await CreateConsumerAsync(1, token, static x => x with { AckPolicy = ConsumerConfigAckPolicy.None });
        var msg = await NextAsync(consumer, token);
        await msg.AckAsync(Confirmed, token);
        await msg.NakAsync(Confirmed, cancellationToken: token);
    }

    private static async Task<INatsJSMsg<int>> NextAsync(INatsJSConsumer consumer, CancellationToken token) => (await consumer.NextAsync<int>(cancellationToken: token)).ShouldNotBeNull();

    private static async Task ShouldBeDoneAsync(INatsJSConsumer consumer, ulong last, CancellationToken token)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                await consumer.RefreshAsync(token);
                return consumer.Info.AckFloor.StreamSeq == last;
            },
            $"done up to {last}");
        consumer.Info.NumAckPending.ShouldBe(0);
    }
}
