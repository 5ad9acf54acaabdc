using System.Collections.Concurrent;
using System.Threading.Channels;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
public sealed class SubscriptionTests(NatsServerVersion version) : CoreTest(version)
{
    [TestCase(NatsSubEndReason.Timeout)]
    [TestCase(NatsSubEndReason.StartUpTimeout)]
    [TestCase(NatsSubEndReason.IdleTimeout)]
    public async Task A_time_that_is_over_ends_the_subscription_and_says_which(NatsSubEndReason which, CancellationToken token)
    {
        var time = TimeSpan.FromMilliseconds(100);
        var opts = which switch
        {
            NatsSubEndReason.Timeout => new NatsSubOpts { Timeout = time },
            NatsSubEndReason.StartUpTimeout => new NatsSubOpts { StartUpTimeout = time },
            _ => new NatsSubOpts { IdleTimeout = time },
        };
        var sub = (NatsSub<int>)await Connect().SubscribeCoreAsync<int>("t", opts: opts, cancellationToken: token);
        (await sub.Msgs.WaitToReadAsync(token)).ShouldBeFalse();
        sub.EndReason.ShouldBe(which);
        await sub.DisposeAsync();
    }

    [Test]
    public async Task Cancelling_ends_the_subscription(CancellationToken token)
    {
        using var cancel = new CancellationTokenSource();
        var sub = (NatsSub<int>)await Connect().SubscribeCoreAsync<int>("t", cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        (await sub.Msgs.WaitToReadAsync(token)).ShouldBeFalse();
        sub.EndReason.ShouldBe(NatsSubEndReason.Cancelled);
        await sub.DisposeAsync();
    }

    [Test]
    public async Task Leaving_the_loop_unsubscribes(CancellationToken token)
    {
        var nats = Connect(x => x with { RequestTimeout = TimeSpan.FromSeconds(10) });
        var done = Task.Run(
            async () =>
            {
                await foreach (var msg in nats.SubscribeAsync<int>("leave", cancellationToken: token))
                {
                    await msg.ReplyAsync(msg.Data, cancellationToken: token);
                    break;
                }
            },
            token);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await nats.RequestAsync<int, int>("leave", 1, cancellationToken: token);
                    return true;
                }
                catch (NatsNoRespondersException)
                {
                    return false;
                }
            },
            "answered");
        await done;
        await nats.PingAsync(token);
        await Should.ThrowAsync<NatsNoRespondersException>(nats.RequestAsync<int, int>("leave", 1, cancellationToken: token).AsTask());
    }

    [Test]
    public async Task A_drained_subscription_has_all_that_the_server_sent_before(CancellationToken token)
    {
        var (nats, other) = (Connect(), Connect());
        await using var sub = await nats.SubscribeCoreAsync<int>("d", cancellationToken: token);
        await nats.PingAsync(token);
        for (var i = 0; i < 10_000; i++)
        {
            await other.PublishAsync("d", i, cancellationToken: token);
        }

        await other.PingAsync(token);
        await sub.DrainAsync(token);
        (await sub.Msgs.ReadAllAsync(token).CountAsync(token)).ShouldBe(10_000);
    }

    [Test]
    public async Task Dispose_hands_everything_to_the_server_and_drains_when_so_configured(CancellationToken token)
    {
        var other = Connect();
        await using var watch = await other.SubscribeCoreAsync<int>("bye", cancellationToken: token);
        await other.PingAsync(token);
        var nats = new NatsConnection(new NatsOpts { Url = Server.Url, ConnectTimeout = Patience, DrainSubscriptionsOnDispose = true });
        var sub = await nats.SubscribeCoreAsync<int>("in", cancellationToken: token);
        await nats.PingAsync(token);
        for (var i = 0; i < 5_000; i++)
        {
            await other.PublishAsync("in", i, cancellationToken: token);
            await nats.PublishAsync("bye", i, cancellationToken: token);
        }

        await other.PingAsync(token);
        await nats.DisposeAsync();
        (await sub.Msgs.ReadAllAsync(token).CountAsync(token)).ShouldBe(5_000);
        for (var i = 0; i < 5_000; i++)
        {
            (await watch.Msgs.ReadAsync(token)).Data.ShouldBe(i);
        }

        await Should.ThrowAsync<ObjectDisposedException>(async () => await nats.PublishAsync("bye", 1, cancellationToken: token));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await nats.SubscribeCoreAsync<int>("x", cancellationToken: token));
    }

    [TestCase(BoundedChannelFullMode.DropNewest)]
    [TestCase(BoundedChannelFullMode.DropOldest)]
    [TestCase(BoundedChannelFullMode.DropWrite)]
    public async Task A_full_subscription_drops_as_configured_tells_of_it_and_harms_no_other(BoundedChannelFullMode mode, CancellationToken token)
    {
        var nats = Connect();
        var dropped = new ConcurrentQueue<int>();
        var slow = 0;
        nats.MessageDropped += (_, args) =>
        {
            dropped.Enqueue((int)args.Data!);
            return ValueTask.CompletedTask;
        };
        nats.SlowConsumerDetected += (_, _) =>
        {
            Interlocked.Increment(ref slow);
            return ValueTask.CompletedTask;
        };
        await using var small = await nats.SubscribeCoreAsync<int>(
            "s", opts: new NatsSubOpts { ChannelOpts = new NatsSubChannelOpts { Capacity = 10, FullMode = mode } }, cancellationToken: token);
        await using var large = await nats.SubscribeCoreAsync<int>("s", cancellationToken: token);
        for (var i = 0; i < 100; i++)
        {
            await nats.PublishAsync("s", i, cancellationToken: token);
        }

        await nats.PingAsync(token);
        large.Msgs.Count.ShouldBe(100);
        small.Msgs.Count.ShouldBe(10);
        await Eventually.TrueAsync(() => dropped.Count == 90 && slow == 1, "told of 90 and of one episode");
        var first = await small.Msgs.ReadAsync(token);
        first.Data.ShouldBe(mode == BoundedChannelFullMode.DropOldest ? 90 : 0);
    }

    [Test]
    public async Task A_full_subscription_that_waits_loses_nothing(CancellationToken token)
    {
        var (nats, other) = (Connect(), Connect());
        await using var sub = await nats.SubscribeCoreAsync<int>(
            "wait", opts: new NatsSubOpts { ChannelOpts = new NatsSubChannelOpts { Capacity = 5, FullMode = BoundedChannelFullMode.Wait } }, cancellationToken: token);
        await nats.PingAsync(token);
        for (var i = 0; i < 1_000; i++)
        {
            await other.PublishAsync("wait", i, cancellationToken: token);
        }

        for (var i = 0; i < 1_000; i++)
        {
            (await sub.Msgs.ReadAsync(token)).Data.ShouldBe(i);
        }
    }

    [Test]
    public async Task A_payload_that_cannot_be_read_rides_on_the_message_and_the_next_one_is_fine(CancellationToken token)
    {
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<int>("n", cancellationToken: token);
        await nats.PublishAsync("n", "not a number", cancellationToken: token);
        await nats.PublishAsync("n", 7, cancellationToken: token);
        var bad = await sub.Msgs.ReadAsync(token);
        bad.Error.ShouldBeOfType<NatsDeserializeException>().RawData.Length.ShouldBe(12);
        Should.Throw<NatsDeserializeException>(bad.EnsureSuccess);
        (await sub.Msgs.ReadAsync(token)).Data.ShouldBe(7);
    }

    [Test]
    public async Task Request_many_ends_at_the_sentinel(CancellationToken token)
    {
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<int>("many", cancellationToken: token);
        var answering = AnswerAsync();
        (await nats.RequestManyAsync<int, string>("many", 3, cancellationToken: token).Select(x => x.Data).ToListAsync(token)).ShouldBe(["0", "1", "2"]);
        await answering;

        async Task AnswerAsync()
        {
            var msg = await sub.Msgs.ReadAsync(token);
            for (var i = 0; i < msg.Data; i++)
            {
                await msg.ReplyAsync(i, cancellationToken: token);
            }

            await msg.ReplyAsync(cancellationToken: token);
        }
    }

    [Test]
    public async Task A_thousand_requests_at_once_get_each_its_own_answer(CancellationToken token)
    {
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<int>("echo.me", cancellationToken: token);
        var answering = AnswerAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => nats.RequestAsync<int, int>("echo.me", i, cancellationToken: token).AsTask()));
        answers.Select(x => x.Data).ShouldBe(Enumerable.Range(0, 1_000));
        await sub.UnsubscribeAsync();
        await answering;

        async Task AnswerAsync()
        {
            await foreach (var msg in sub.Msgs.ReadAllAsync(token))
            {
                await msg.ReplyAsync(msg.Data, cancellationToken: token);
            }
        }
    }
}
