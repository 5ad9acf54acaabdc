using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream.Models;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>ADR-17: an ordered consumer delivers every message once and in order, and heals itself.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class OrderedConsumerTests(NatsServerVersion version) : JetStreamTest(version)
{
    [Test]
    public async Task It_delivers_everything_in_order(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 300, token);
        var consumer = await stream.CreateOrderedConsumerAsync(new NatsJSOrderedConsumerOpts(), token);
        var seen = await consumer.ConsumeAsync<int>(cancellationToken: token).Take(300).Select(x => x.Data).ToListAsync(token);
        seen.ShouldBe(Enumerable.Range(1, 300));
    }

    [Test]
    public async Task It_goes_on_after_its_consumer_was_deleted_under_it(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 10, token);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        var seen = new List<int>();
        await foreach (var msg in consumer.ConsumeAsync<int>(cancellationToken: token))
        {
            seen.Add(msg.Data);
            if (seen.Count == 10)
            {
                await stream.DeleteConsumerAsync(consumer.Info.Name, token);
                await PublishNumbersAsync(js, stream, 10, token, from: 11);
            }
            else if (seen.Count == 20)
            {
                break;
            }
        }

        seen.ShouldBe(Enumerable.Range(1, 20));
    }

    [Test]
    public async Task It_starts_where_it_is_told(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 10, token, subjects: 2);
        var name = stream.Info.Config.Name;
        var bySequence = new NatsJSOrderedConsumerOpts { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence, OptStartSeq = 8 };
        (await TakeAsync(stream, bySequence, 3, token)).ShouldBe([8, 9, 10]);
        var filtered = new NatsJSOrderedConsumerOpts { FilterSubjects = [$"{name}.1"], DeliverPolicy = ConsumerConfigDeliverPolicy.LastPerSubject };
        (await TakeAsync(stream, filtered, 1, token)).ShouldBe([9]);
    }

    /// <summary>Server 2.9 ignores filter_subjects and would deliver everything: then the client filters.</summary>
    [Test]
    public async Task Several_filters_hold_with_every_server(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 12, token, subjects: 4);
        var name = stream.Info.Config.Name;
        var opts = new NatsJSOrderedConsumerOpts { FilterSubjects = [$"{name}.1", $"{name}.3"] };
        (await TakeAsync(stream, opts, 6, token)).ShouldBe([1, 3, 5, 7, 9, 11]);
    }

    [Test]
    public async Task Next_and_fetch_go_on_where_the_last_call_stopped(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 10, token);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        (await consumer.NextAsync<int>(cancellationToken: token))!.Data.ShouldBe(1);
        (await consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 4 }, cancellationToken: token).Select(x => x.Data).ToListAsync(token)).ShouldBe([2, 3, 4, 5]);
        (await consumer.FetchNoWaitAsync<int>(new NatsJSFetchOpts { MaxMsgs = 100 }, cancellationToken: token).Select(x => x.Data).ToListAsync(token))
            .ShouldBe([6, 7, 8, 9, 10]);
        (await consumer.NextAsync<int>(opts: new NatsJSNextOpts { Expires = TimeSpan.FromSeconds(1) }, cancellationToken: token)).ShouldBeNull();
    }

    [Test]
    public async Task It_leaves_no_consumer_behind(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 3, token);
        (await TakeAsync(stream, new NatsJSOrderedConsumerOpts(), 3, token)).ShouldBe([1, 2, 3]);
        await Eventually.TrueAsync(async () => (await stream.ListConsumerNamesAsync(token).ToListAsync(token)).Count == 0, "no consumer left");
    }

    /// <summary>A stream that was made anew under the same name begins with sequence 1; waiting for the old sequence would lose messages.</summary>
    [Test]
    public async Task It_reads_a_stream_that_was_made_anew_from_its_beginning(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 5, token);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        var seen = new List<int>();
        await foreach (var msg in consumer.ConsumeAsync<int>(cancellationToken: token))
        {
            seen.Add(msg.Data);
            if (seen.Count == 5)
            {
                await stream.DeleteAsync(token);
                stream = await js.CreateStreamAsync(new StreamConfig(stream.Info.Config.Name!, stream.Info.Config.Subjects!) { Storage = StreamConfigStorage.Memory }, token);
                await PublishNumbersAsync(js, stream, 2, token, from: 101);
            }
            else if (seen.Count == 7)
            {
                break;
            }
        }

        seen.ShouldBe([1, 2, 3, 4, 5, 101, 102]);
    }

    [Test]
    public async Task A_stream_that_is_not_there_is_told_at_once(CancellationToken token)
    {
        var js = JetStream();
        var consumer = await js.CreateOrderedConsumerAsync("NONE", cancellationToken: token);
        (await Should.ThrowAsync<NatsJSApiException>(async () => await consumer.ConsumeAsync<int>(cancellationToken: token).ToListAsync(token))).Error.Code.ShouldBe(404);
    }

    private static async Task<List<int>> TakeAsync(INatsJSStream stream, NatsJSOrderedConsumerOpts opts, int count, CancellationToken token)
    {
        var consumer = await stream.CreateOrderedConsumerAsync(opts, token);
        return await consumer.ConsumeAsync<int>(cancellationToken: token).Take(count).Select(x => x.Data).ToListAsync(token);
    }
}
