using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>ADR-37: fetch, next and consume of a pull consumer.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class ConsumerTests(NatsServerVersion version) : JetStreamTest(version)
{
    [Test]
    public async Task Consume_delivers_everything_in_order_with_metadata(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 500, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        var expected = 1;
        await foreach (var msg in consumer.ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 50 }, cancellationToken: token))
        {
            msg.Data.ShouldBe(expected);
            var metadata = msg.Metadata!.Value;
            metadata.Sequence.ShouldBe(new NatsJSSequencePair((ulong)expected, (ulong)expected));
            metadata.NumDelivered.ShouldBe(1ul);
            metadata.NumPending.ShouldBe((ulong)(500 - expected));
            metadata.Stream.ShouldBeSameAs(consumer.Info.StreamName);
            metadata.Consumer.ShouldBeSameAs(consumer.Info.Name);
            metadata.Timestamp.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
            await msg.AckAsync(cancellationToken: token);
            if (expected++ == 500)
            {
                break;
            }
        }

        await Eventually.TrueAsync(
            async () =>
            {
                await consumer.RefreshAsync(token);
                return consumer.Info.NumAckPending == 0;
            },
            "all acknowledged");
        consumer.Info.AckFloor.StreamSeq.ShouldBe(500ul);
    }

    [Test]
    public async Task Consume_waits_for_new_messages_and_ends_with_the_token(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var seen = new List<int>();
        var consuming = ConsumeAsync();
        await PublishNumbersAsync(js, stream, 3, token);
        await Eventually.TrueAsync(() => seen.Count == 3, "three messages");
        await stop.CancelAsync();
        await consuming;
        seen.ShouldBe([1, 2, 3]);

        async Task ConsumeAsync()
        {
            await foreach (var msg in consumer.ConsumeAsync<int>(cancellationToken: stop.Token))
            {
                seen.Add(msg.Data);
                await msg.AckAsync(cancellationToken: token);
            }
        }
    }

    /// <summary>ADR-37: newer servers answer a pull of no consumer with 503; 2.9 is silent, and the missed heartbeats lead to the question whether it is there.</summary>
    [Test]
    public async Task Consume_fails_after_some_patience_when_the_consumer_is_not_there(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        await stream.DeleteConsumerAsync("c", token);
        var notifications = new List<string>();
        var opts = new NatsJSConsumeOpts
        {
            MaxConsecutive503Errors = 2,

            // Long enough that no heartbeat is missed where the answer is 503.
            Expires = TimeSpan.FromSeconds(IsOldest ? 1 : 40),
            NotificationHandler = (notification, _) =>
            {
                notifications.Add(notification.Name);
                return Task.CompletedTask;
            },
        };
        (await Should.ThrowAsync<NatsJSProtocolException>(async () => await consumer.ConsumeAsync<int>(opts: opts, cancellationToken: token).ToListAsync(token)))
            .HeaderCode.ShouldBe(IsOldest ? 404 : 503);
        notifications.ShouldContain(IsOldest ? "Timeout" : "No Responders");
    }

    /// <summary>ADR-37: pulls are renewed when they expire, so that a long silence does not end the consuming.</summary>
    [Test]
    public async Task Consume_outlives_the_expiry_of_its_pulls(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        var observer = Connect();
        await using var pulls = await observer.SubscribeCoreAsync<string>($"$JS.API.CONSUMER.MSG.NEXT.{stream.Info.Config.Name}.c", cancellationToken: token);
        await observer.PingAsync(token);
        var messages = consumer.ConsumeAsync<int>(opts: new NatsJSConsumeOpts { Expires = TimeSpan.FromSeconds(1) }, cancellationToken: token).GetAsyncEnumerator(token);
        await using var disposing = messages;
        var next = messages.MoveNextAsync();
        for (var pull = 0; pull < 3; pull++)
        {
            await pulls.Msgs.ReadAsync(token);
        }

        next.IsCompleted.ShouldBeFalse();
        await PublishNumbersAsync(js, stream, 1, token);
        (await next).ShouldBeTrue();
        messages.Current.Data.ShouldBe(1);
    }

    /// <summary>A consumer that takes long over a message misses heartbeats that nobody owes it: that is no trouble, and nothing is delivered twice.</summary>
    [Test]
    public async Task A_slow_handler_is_no_timeout(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 4, token);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        var notifications = new List<string>();
        var opts = new NatsJSConsumeOpts
        {
            Expires = TimeSpan.FromSeconds(1),
            IdleHeartbeat = TimeSpan.FromSeconds(0.5),
            NotificationHandler = (notification, _) =>
            {
                notifications.Add(notification.Name);
                return Task.CompletedTask;
            },
        };
        var seen = new List<int>();
        var names = new HashSet<string>();
        await foreach (var msg in consumer.ConsumeAsync<int>(opts: opts, cancellationToken: token))
        {
            seen.Add(msg.Data);
            names.Add(consumer.Info.Name);
            if (seen.Count == 2)
            {
                // Here it begins: before, the machine may have been the slow one.
                notifications.Clear();
                names.Clear();
                names.Add(consumer.Info.Name);
                await Task.Delay(TimeSpan.FromSeconds(2.5), token);
            }
            else if (seen.Count == 4)
            {
                break;
            }
        }

        seen.ShouldBe([1, 2, 3, 4]);
        notifications.ShouldBeEmpty();
        names.Count.ShouldBe(1, "it was not made anew");
    }

    [Test]
    public async Task The_token_ends_the_consuming_at_once_whatever_lies_in_the_buffer(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 100, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var seen = 0;
        await foreach (var _ in consumer.ConsumeAsync<int>(cancellationToken: stop.Token))
        {
            if (++seen == 10)
            {
                await stop.CancelAsync();
            }
        }

        seen.ShouldBe(10);
    }

    [Test]
    public async Task Consuming_ends_with_an_error_when_the_connection_is_disposed(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        var consuming = consumer.ConsumeAsync<int>(cancellationToken: token).ToListAsync(token).AsTask();
        await Eventually.TrueAsync(
            async () =>
            {
                await consumer.RefreshAsync(token);
                return consumer.Info.NumWaiting > 0;
            },
            "it has pulled");
        await js.Connection.DisposeAsync();
        await Should.ThrowAsync<NatsException>(consuming.WaitAsync(token));
    }

    [Test]
    public async Task A_payload_that_cannot_be_read_is_an_error_of_that_message_alone(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await js.PublishAsync($"{stream.Info.Config.Name}.x", "not a number", cancellationToken: token);
        await js.PublishAsync($"{stream.Info.Config.Name}.x", 2, cancellationToken: token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        var messages = await consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 2 }, cancellationToken: token).ToListAsync(token);
        messages[0].Error.ShouldNotBeNull();
        Should.Throw<NatsException>(messages[0].EnsureSuccess);
        messages[1].Data.ShouldBe(2);
    }

    [Test]
    public async Task A_fetch_without_waiting_does_not_wait_for_what_was_delivered_as_often_as_may_be(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 1, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c") { MaxDeliver = 1, AckWait = TimeSpan.FromMilliseconds(100) }, token);
        var opts = new NatsJSFetchOpts { MaxMsgs = 5 };
        (await consumer.FetchNoWaitAsync<int>(opts, cancellationToken: token).ToListAsync(token)).Count.ShouldBe(1);
        await Task.Delay(300, token);
        (await consumer.FetchNoWaitAsync<int>(opts, cancellationToken: token).ToListAsync(token).AsTask().WaitAsync(TimeSpan.FromSeconds(8), token)).ShouldBeEmpty();
    }
}
