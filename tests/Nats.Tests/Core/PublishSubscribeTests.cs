using System.Diagnostics;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
public sealed class PublishSubscribeTests(NatsServerVersion version) : CoreTest(version)
{
    [Test]
    public async Task A_published_message_arrives_with_subject_headers_reply_and_payload(CancellationToken token)
    {
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<string>("a.*", cancellationToken: token);
        await nats.PublishAsync("a.b", "hello", new NatsHeaders { ["X-One"] = "1", ["X-Two"] = new[] { "a", "ü" } }, replyTo: "answer.here", cancellationToken: token);
        var msg = await sub.Msgs.ReadAsync(token);
        msg.Subject.ShouldBe("a.b");
        msg.Data.ShouldBe("hello");
        msg.ReplyTo.ShouldBe("answer.here");
        msg.Headers!["x-one"].ToString().ShouldBe("1");
        msg.Headers["X-Two"].ToArray().ShouldBe(["a", "ü"]);
    }

    [Test]
    public async Task A_hundred_thousand_messages_arrive_in_order(CancellationToken token)
    {
        var nats = Connect(x => x with { SubPendingChannelCapacity = 200_000 });
        await using var sub = await nats.SubscribeCoreAsync<int>("many", cancellationToken: token);
        for (var i = 0; i < 100_000; i++)
        {
            await nats.PublishAsync("many", i, cancellationToken: token);
        }

        for (var i = 0; i < 100_000; i++)
        {
            (await sub.Msgs.ReadAsync(token)).Data.ShouldBe(i);
        }
    }

    [Test]
    public async Task A_request_is_answered(CancellationToken token)
    {
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<int>("double", cancellationToken: token);
        var responder = RespondAsync();
        (await nats.RequestAsync<int, int>("double", 21, cancellationToken: token)).Data.ShouldBe(42);
        await responder;

        async Task RespondAsync()
        {
            var msg = await sub.Msgs.ReadAsync(token);
            await msg.ReplyAsync(msg.Data * 2, cancellationToken: token);
        }
    }

    /// <summary>They use one timer after the other.</summary>
    [Test]
    public async Task Each_of_many_requests_waits_as_long_as_it_is_told_and_no_longer(CancellationToken token)
    {
        var nats = Connect();
        await using var silent = await nats.SubscribeCoreAsync<int>("silent", cancellationToken: token);
        await using var slow = await nats.SubscribeCoreAsync<int>("slow", cancellationToken: token);
        foreach (var milliseconds in new[] { 100, 300, 100 })
        {
            var answered = nats.RequestAsync<int, int>("slow", 1, replyOpts: new NatsSubOpts { Timeout = Patience }, cancellationToken: token).AsTask();
            var asked = await slow.Msgs.ReadAsync(token);
            var time = new NatsSubOpts { Timeout = TimeSpan.FromMilliseconds(milliseconds) };
            var watch = Stopwatch.StartNew();
            await Should.ThrowAsync<NatsNoReplyException>(nats.RequestAsync<int, int>("silent", 1, replyOpts: time, cancellationToken: token).AsTask());
            watch.Elapsed.ShouldBeInRange(TimeSpan.FromMilliseconds(milliseconds - 20), Patience / 2);
            answered.IsCompleted.ShouldBeFalse();
            await asked.ReplyAsync(2, cancellationToken: token);
            (await answered).Data.ShouldBe(2);
        }
    }

    [Test]
    public async Task Ping_measures_the_way_to_the_server_and_back(CancellationToken token) =>
        (await Connect().PingAsync(token)).ShouldBeInRange(TimeSpan.FromTicks(1), TimeSpan.FromSeconds(5));
}
