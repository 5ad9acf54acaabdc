using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-17, over pulls as ADR-37 has consuming: an ordered consumer gives out every message once and in order, and heals itself.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr17OrderedRules(Topology topology) : JetStreamConformanceTest(topology)
{
    [Test]
    [Rule("ADR-17", "Context and Problem Statement")]
    public async Task It_delivers_everything_in_order(CancellationToken token)
    {
        var (_, stream) = await CreateAsync(100, token);
        (await TakeAsync(stream, new NatsJSOrderedConsumerOpts(), 100, token)).ShouldBe(Enumerable.Range(1, 100));
    }

    [Test]
    [Rule("ADR-17", "Behavior")]
    public async Task It_goes_on_after_its_consumer_was_deleted_under_it(CancellationToken token)
    {
        var (js, stream) = await CreateAsync(5, token);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        var seen = new List<int>();
        await foreach (var msg in consumer.ConsumeAsync<int>(cancellationToken: token))
        {
            seen.Add(msg.Data);
            if (seen.Count == 5)
            {
                await UntilLeaderKnowsAsync(stream, consumer.Info.Name, isThere: true, token);
                await stream.DeleteConsumerAsync(consumer.Info.Name, token);
                await PublishNumbersAsync(js, stream, 5, token, from: 6);
            }
            else if (seen.Count == 10)
            {
                break;
            }
        }

        seen.ShouldBe(Enumerable.Range(1, 10));
    }

    [Test]
    [Rule("ADR-17", "Behavior")]
    public async Task It_goes_on_after_a_reconnect(CancellationToken token)
    {
        var (js, stream) = await CreateAsync(3, token);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        var seen = new List<int>();
        await foreach (var msg in consumer.ConsumeAsync<int>(cancellationToken: token))
        {
            seen.Add(msg.Data);
            if (seen.Count == 3)
            {
                await ((NATS.Client.Core.NatsConnection)js.Connection).ReconnectAsync();
                await PublishNumbersAsync(JetStream(), stream, 1, token, from: 4);
            }
            else if (seen.Count == 4)
            {
                break;
            }
        }

        seen.ShouldBe([1, 2, 3, 4]);
    }

    [Test]
    [Rule("ADR-15", "Unsubscribe and Drain")]
    public async Task The_consumer_that_the_client_made_is_deleted_when_it_is_done(CancellationToken token)
    {
        var (_, stream) = await CreateAsync(3, token);
        (await TakeAsync(stream, new NatsJSOrderedConsumerOpts(), 3, token)).ShouldBe([1, 2, 3]);
        await Eventually.TrueAsync(async () => (await stream.ListConsumerNamesAsync(token).ToListAsync(token)).Count == 0, "no consumer left");
    }

    [Test]
    [Rule("Consumers", "DeliverPolicy")]
    public async Task It_starts_where_it_is_told(CancellationToken token)
    {
        var (js, stream) = await CreateAsync(4, token, subjects: 2);
        var name = stream.Info.Config.Name;
        var third = (await stream.GetAsync(new StreamMsgGetRequest { Seq = 3 }, token)).Message.Time;
        (await TakeAsync(stream, Start(ConsumerConfigDeliverPolicy.All), 4, token)).ShouldBe([1, 2, 3, 4]);
        (await TakeAsync(stream, Start(ConsumerConfigDeliverPolicy.Last), 1, token)).ShouldBe([4]);
        (await TakeAsync(stream, Start(ConsumerConfigDeliverPolicy.ByStartSequence) with { OptStartSeq = 3 }, 2, token)).ShouldBe([3, 4]);
        (await TakeAsync(stream, Start(ConsumerConfigDeliverPolicy.ByStartTime) with { OptStartTime = third }, 2, token)).ShouldBe([3, 4]);
        (await TakeAsync(stream, Start(ConsumerConfigDeliverPolicy.LastPerSubject) with { FilterSubjects = [$"{name}.>"] }, 2, token)).ShouldBe([3, 4]);
        var onlyNew = await stream.CreateOrderedConsumerAsync(Start(ConsumerConfigDeliverPolicy.New), token);
        var next = onlyNew.NextAsync<int>(cancellationToken: token).AsTask();
        await Eventually.TrueAsync(async () => (await stream.ListConsumerNamesAsync(token).ToListAsync(token)).Contains(onlyNew.Info.Name), "the consumer is there");
        await PublishNumbersAsync(js, stream, 1, token, from: 5);
        (await next)!.Data.ShouldBe(5);
    }

    [Test]
    [Rule("ADR-34", "Client side considerations")]
    public async Task Several_filters_hold_also_with_servers_that_know_only_one(CancellationToken token)
    {
        var (_, stream) = await CreateAsync(12, token, subjects: 4);
        var name = stream.Info.Config.Name;
        var opts = new NatsJSOrderedConsumerOpts { FilterSubjects = [$"{name}.1", $"{name}.3"] };
        (await TakeAsync(stream, opts, 6, token)).ShouldBe([1, 3, 5, 7, 9, 11]);
    }

    [Test]
    [Rule("ADR-37", "Consumers")]
    public async Task Next_and_fetch_of_it_go_on_where_the_last_call_stopped(CancellationToken token)
    {
        var (_, stream) = await CreateAsync(10, token);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        (await consumer.NextAsync<int>(cancellationToken: token))!.Data.ShouldBe(1);
        (await TakeAsync(consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 4 }, cancellationToken: token), token)).ShouldBe([2, 3, 4, 5]);
        (await TakeAsync(consumer.FetchNoWaitAsync<int>(new NatsJSFetchOpts { MaxMsgs = 100 }, cancellationToken: token), token)).ShouldBe([6, 7, 8, 9, 10]);
    }

    [Test]
    [Rule("Consumers", "HeadersOnly")]
    public async Task Headers_can_come_without_payloads_and_say_the_size(CancellationToken token)
    {
        var (_, stream) = await CreateAsync(1, token);
        var consumer = await stream.CreateOrderedConsumerAsync(new NatsJSOrderedConsumerOpts { HeadersOnly = true }, token);
        var msg = await consumer.NextAsync<int?>(cancellationToken: token);
        msg!.Data.ShouldBeNull();
        msg.Headers!["Nats-Msg-Size"].ToString().ShouldBe("1");
    }

    private static NatsJSOrderedConsumerOpts Start(ConsumerConfigDeliverPolicy policy) => new() { DeliverPolicy = policy };

    private static async Task<List<int>> TakeAsync(INatsJSStream stream, NatsJSOrderedConsumerOpts opts, int count, CancellationToken token) =>
        await TakeAsync((await stream.CreateOrderedConsumerAsync(opts, token)).ConsumeAsync<int>(cancellationToken: token).Take(count), token);

    private async Task<(INatsJSContext Context, INatsJSStream Stream)> CreateAsync(int count, CancellationToken token, int subjects = 1)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, count, token, subjects);
        return (js, stream);
    }
}
