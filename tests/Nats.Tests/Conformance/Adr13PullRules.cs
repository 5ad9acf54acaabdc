using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-13: pulls and what comes of them. (A fetch pulls once and says how long; the document's own way, a pull without waiting first and a second one after it, is what servers before 2.7 needed.)</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr13PullRules(Topology topology) : JetStreamConformanceTest(topology)
{
    [Test]
    [Rule("ADR-13", "Request Body")]
    public async Task A_fetch_brings_at_most_what_was_asked_for(CancellationToken token)
    {
        var (_, _, consumer) = await CreateConsumerAsync(6, token);
        (await TakeAsync(consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 4 }, cancellationToken: token), token)).ShouldBe([1, 2, 3, 4]);
        (await TakeAsync(consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 2 }, cancellationToken: token), token)).ShouldBe([5, 6]);
    }

    [Test]
    [Rule("ADR-13", "No Wait Pull Requests")]
    public async Task A_pull_that_does_not_wait_brings_what_is_there_or_nothing_at_once(CancellationToken token)
    {
        var (js, stream, consumer) = await CreateConsumerAsync(0, token);
        (await TakeAsync(consumer.FetchNoWaitAsync<int>(new NatsJSFetchOpts { MaxMsgs = 5 }, cancellationToken: token), token)).ShouldBeEmpty();
        await PublishNumbersAsync(js, stream, 3, token);
        (await TakeAsync(consumer.FetchNoWaitAsync<int>(new NatsJSFetchOpts { MaxMsgs = 5 }, cancellationToken: token), token)).ShouldBe([1, 2, 3]);
    }

    [Test]
    [Rule("ADR-13", "Pull(n) Requests")]
    public async Task A_pull_lingers_until_a_message_comes(CancellationToken token)
    {
        var (js, stream, consumer) = await CreateConsumerAsync(0, token);
        var next = consumer.NextAsync<int>(cancellationToken: token).AsTask();
        await UntilWaitingAsync(consumer, 1, token);
        await PublishNumbersAsync(js, stream, 1, token);
        (await next)!.Data.ShouldBe(1);
    }

    [Test]
    [Rule("ADR-13", "Pull(n) Requests")]
    public async Task A_message_bears_the_subject_that_it_was_stored_under_and_not_that_of_the_pull(CancellationToken token)
    {
        var (_, stream, consumer) = await CreateConsumerAsync(1, token);
        (await consumer.NextAsync<int>(cancellationToken: token))!.Subject.ShouldBe($"{stream.Info.Config.Name}.0");
    }

    /// <summary>Without heartbeats: newer servers leave a pull with heartbeats unanswered then, so that its silence is what is noticed.</summary>
    [Test]
    [Rule("ADR-13", "Pull(n) Requests")]
    public async Task Pulls_beyond_those_that_may_wait_are_told_and_end_without_messages(CancellationToken token)
    {
        var (js, stream, consumer) = await CreateConsumerAsync(0, token, static x => x with { MaxWaiting = 1 });
        var first = consumer.NextAsync<int>(cancellationToken: token).AsTask();
        await UntilWaitingAsync(consumer, 1, token);
        var told = new List<INatsJSNotification>();
        var opts = new NatsJSNextOpts
        {
            Expires = TimeSpan.FromSeconds(5),
            NotificationHandler = (notification, _) =>
            {
                told.Add(notification);
                return Task.CompletedTask;
            },
        };
        (await consumer.NextAsync<int>(opts: opts, cancellationToken: token)).ShouldBeNull();
        told.OfType<NatsJSProtocolNotification>().Single().HeaderMessageText.ShouldStartWith("Exceeded MaxWaiting");
        await PublishNumbersAsync(js, stream, 1, token);
        (await first)!.Data.ShouldBe(1);
    }

    [Test]
    [Rule("ADR-37", "Fetch")]
    public async Task A_fetch_can_be_limited_by_bytes(CancellationToken token)
    {
        var (js, stream, consumer) = await CreateConsumerAsync(0, token);
        for (var i = 0; i < 10; i++)
        {
            await js.PublishAsync($"{stream.Info.Config.Name}.x", new byte[1000], opts: Patient, cancellationToken: token);
        }

        (await consumer.FetchAsync<byte[]>(new NatsJSFetchOpts { MaxBytes = 3500 }, cancellationToken: token).ToListAsync(token)).Count.ShouldBe(3);
    }

    [Test]
    [Rule("ADR-37", "Buffering messages")]
    public async Task A_consume_within_bytes_delivers_everything(CancellationToken token)
    {
        var (js, stream, consumer) = await CreateConsumerAsync(0, token);
        for (var i = 0; i < 20; i++)
        {
            await js.PublishAsync($"{stream.Info.Config.Name}.x", new byte[1000], opts: Patient, cancellationToken: token);
        }

        var opts = new NatsJSConsumeOpts { MaxBytes = 5000 };
        (await consumer.ConsumeAsync<byte[]>(opts: opts, cancellationToken: token).Take(20).ToListAsync(token)).Count.ShouldBe(20);
    }

    [Test]
    [Rule("ADR-37", "Consume")]
    public async Task A_consume_delivers_everything_in_order_however_small_its_buffer(CancellationToken token)
    {
        var (_, _, consumer) = await CreateConsumerAsync(50, token);
        var opts = new NatsJSConsumeOpts { MaxMsgs = 3 };
        (await TakeAsync(consumer.ConsumeAsync<int>(opts: opts, cancellationToken: token).Take(50), token)).ShouldBe(Enumerable.Range(1, 50));
    }

    [Test]
    [Rule("ADR-37", "Server reconnects")]
    public async Task A_consume_goes_on_after_a_reconnect(CancellationToken token)
    {
        var (js, stream, consumer) = await CreateConsumerAsync(1, token);
        await using var messages = consumer.ConsumeAsync<int>(cancellationToken: token).GetAsyncEnumerator(token);
        (await messages.MoveNextAsync()).ShouldBeTrue();
        await messages.Current.AckAsync(new AckOpts { DoubleAck = true }, token);
        var moving = messages.MoveNextAsync();
        await ((NATS.Client.Core.NatsConnection)js.Connection).ReconnectAsync();
        await PublishNumbersAsync(JetStream(), stream, 1, token, from: 2);
        (await moving).ShouldBeTrue();
        messages.Current.Data.ShouldBe(2);
    }

    [Test]
    [Rule("ADR-37", "Status handling")]
    public async Task A_consume_ends_with_an_error_when_its_consumer_is_deleted(CancellationToken token)
    {
        var (_, stream, consumer) = await CreateConsumerAsync(1, token);
        var failure = await Should.ThrowAsync<NatsJSProtocolException>(async () =>
        {
            await foreach (var msg in consumer.ConsumeAsync<int>(cancellationToken: token))
            {
                (await stream.DeleteConsumerAsync("c", token)).ShouldBeTrue();
            }
        });
        failure.HeaderMessage.ShouldBe(NATS.Client.Core.NatsHeaders.Messages.ConsumerDeleted);
    }

    /// <summary>Nothing comes before the limit is raised, and the handler is told instead of the server being asked in a loop.</summary>
    [Test]
    [Rule("ADR-37", "Status handling")]
    public async Task A_message_larger_than_all_the_bytes_that_may_come_is_told(CancellationToken token)
    {
        var (js, stream, consumer) = await CreateConsumerAsync(0, token);
        await js.PublishAsync($"{stream.Info.Config.Name}.x", new byte[10], opts: Patient, cancellationToken: token);
        await js.PublishAsync($"{stream.Info.Config.Name}.x", new byte[2000], opts: Patient, cancellationToken: token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var told = new List<INatsJSNotification>();
        var opts = new NatsJSConsumeOpts
        {
            MaxBytes = 500,
            NotificationHandler = (notification, _) =>
            {
                told.Add(notification);
                return stop.CancelAsync();
            },
        };
        (await consumer.ConsumeAsync<byte[]>(opts: opts, cancellationToken: stop.Token).Select(static x => x.Data!.Length).ToListAsync(token)).ShouldBe([10]);
        told.ShouldBe([NatsJSMessageSizeExceedsMaxBytesNotification.Default]);
    }

    [Test]
    [Rule("Consumers", "Pull-specific")]
    public async Task A_consume_stays_within_the_limits_of_its_consumer(CancellationToken token)
    {
        var limits = new ConsumerConfig("c") { MaxBatch = 2, MaxExpires = TimeSpan.FromSeconds(2), MaxBytes = 10_000 };
        var (_, _, consumer) = await CreateConsumerAsync(7, token, _ => limits);
        (await TakeAsync(consumer.ConsumeAsync<int>(cancellationToken: token).Take(7), token)).ShouldBe(Enumerable.Range(1, 7));
    }

    private static Task UntilWaitingAsync(INatsJSConsumer consumer, int pulls, CancellationToken token) => Eventually.TrueAsync(
        async () =>
        {
            await consumer.RefreshAsync(token);
            return consumer.Info.NumWaiting == pulls;
        },
        $"{pulls} pulls wait");
}
