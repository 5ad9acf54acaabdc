using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-13: what a pull says, and how a fetch ends.</summary>
[CancelAfter(20_000)]
public sealed class Adr13PullWireRules : ScriptedConformanceTest
{
    [Test]
    [Rule("ADR-13", "Request Body")]
    public async Task A_pull_says_how_many_messages_and_for_how_many_nanoseconds(CancellationToken token)
    {
        var pull = await FetchedAsync(new NatsJSFetchOpts { MaxMsgs = 7, Expires = TimeSpan.FromSeconds(9) }, token);
        pull.Api.ShouldBe("CONSUMER.MSG.NEXT.S.c");
        pull.Fields.ShouldBe(["batch", "expires"]);
        pull.Number("batch").ShouldBe(7);
        pull.Number("expires").ShouldBeInRange(4_000_000_000, 9_000_000_000);
    }

    [Test]
    [Rule("ADR-13", "no_wait")]
    public async Task A_pull_that_does_not_wait_says_so_and_has_no_expiry(CancellationToken token)
    {
        var fetching = Server.Consumer().FetchNoWaitAsync<int>(new NatsJSFetchOpts { MaxMsgs = 7 }, cancellationToken: token).ToListAsync(token).AsTask();
        var pull = await Server.NextAsync(token);
        await Server.StatusAsync(pull, "404 No Messages");
        (await fetching).ShouldBeEmpty();
        pull.Fields.ShouldBe(["batch", "no_wait"]);
        pull.Json.GetProperty("no_wait").GetBoolean().ShouldBeTrue();
    }

    [Test]
    [Rule("ADR-13", "Pull Optimization")]
    public async Task Every_pull_has_an_inbox_of_its_own_below_a_wildcard_subscription(CancellationToken token)
    {
        var first = await FetchedAsync(new NatsJSFetchOpts { MaxMsgs = 1 }, token);
        var second = await FetchedAsync(new NatsJSFetchOpts { MaxMsgs = 1 }, token);
        first.ReplyTo.ShouldStartWith("_INBOX.");
        second.ReplyTo.ShouldNotBe(first.ReplyTo);
    }

    [Test]
    [Rule("ADR-13", "Pull(n)")]
    public async Task After_a_fetch_nothing_is_subscribed_any_more(CancellationToken token)
    {
        await FetchedAsync(new NatsJSFetchOpts { MaxMsgs = 5 }, token);
        await Server.Connection.PingAsync(token);
        Server.Subscriptions.ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-13", "Errors and Status messages handling")]
    public async Task A_status_of_an_earlier_pull_does_not_end_the_fetch(CancellationToken token)
    {
        var fetching = Server.Consumer().FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 2 }, cancellationToken: token).Select(static x => x.Data).ToListAsync(token).AsTask();
        var pull = await Server.NextAsync(token);
        var earlier = pull with { ReplyTo = pull.ReplyTo[..(pull.ReplyTo.LastIndexOf('.') + 1)] + "0" };
        await Server.StatusAsync(earlier, "408 Request Timeout");
        await Server.DeliverAsync(pull, 1);
        await Server.DeliverAsync(pull, 2);
        (await fetching).ShouldBe([1, 2]);
    }

    /// <summary>Time is the rule: the expiry has a minimum of a second, and the client waits somewhat longer than it.</summary>
    [Test]
    [Rule("ADR-37", "Operations")]
    public async Task A_fetch_that_the_server_never_ends_ends_by_itself_after_its_expiry(CancellationToken token)
    {
        var start = TimeProvider.System.GetTimestamp();
        (await Server.Consumer().NextAsync<int>(opts: new NatsJSNextOpts { Expires = TimeSpan.FromSeconds(1) }, cancellationToken: token)).ShouldBeNull();
        TimeProvider.System.GetElapsedTime(start).ShouldBeInRange(TimeSpan.FromSeconds(0.95), TimeSpan.FromSeconds(10));
    }

    [Test]
    [Rule("ADR-37", "Next")]
    public async Task Next_pulls_one_message_and_only_when_it_is_called(CancellationToken token)
    {
        var consumer = Server.Consumer();
        (await Server.AnyAsync(token)).ShouldBeFalse();
        var next = consumer.NextAsync<int>(cancellationToken: token).AsTask();
        var pull = await Server.NextAsync(token);
        pull.Number("batch").ShouldBe(1);
        await Server.DeliverAsync(pull, 1);
        (await next)!.Data.ShouldBe(1);
        (await Server.AnyAsync(token)).ShouldBeFalse();
    }

    [TestCase(31.0, true)]
    [TestCase(5.0, false)]
    [Rule("ADR-37", "Fetch Configuration options")]
    public async Task A_fetch_asks_for_heartbeats_when_it_waits_long(double expires, bool heartbeat, CancellationToken token)
    {
        var pull = await FetchedAsync(new NatsJSFetchOpts { MaxMsgs = 1, Expires = TimeSpan.FromSeconds(expires) }, token);
        pull.Fields.Contains("idle_heartbeat").ShouldBe(heartbeat);
    }

    [Test]
    [Rule("ADR-37", "Fetch Configuration options")]
    public async Task A_fetch_asks_for_heartbeats_also_when_its_pull_is_late(CancellationToken token)
    {
        // Between the beginning of a fetch and its pull the clock's millisecond changes now and then.
        for (var i = 0; i < 300; i++)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(token);
            var fetching = Server.Consumer().FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 1, Expires = TimeSpan.FromSeconds(31) }, cancellationToken: end.Token).ToListAsync(end.Token).AsTask();
            var pull = await Server.NextAsync(token, "CONSUMER.MSG.NEXT.");
            pull.Fields.ShouldContain("idle_heartbeat");
            (pull.Number("idle_heartbeat") * 2).ShouldBeLessThanOrEqualTo(pull.Number("expires"));
            await Server.DeliverAsync(pull, 1);
            (await fetching).Count.ShouldBe(1);
        }
    }

    [Test]
    [Rule("ADR-37", "Fetch Configuration options")]
    public async Task A_fetch_by_bytes_asks_for_a_million_messages(CancellationToken token)
    {
        var pull = await FetchedAsync(new NatsJSFetchOpts { MaxBytes = 500 }, token);
        pull.Number("batch").ShouldBe(1_000_000);
        pull.Number("max_bytes").ShouldBe(500);
    }

    [Test]
    [Rule("ADR-15", "Push Consumer active information and queue group binding")]
    public async Task Pulling_from_a_consumer_that_pushes_is_refused_before_anything_is_sent(CancellationToken token)
    {
        var consumer = Server.Consumer(static x => x with { DeliverSubject = "d" });
        Should.Throw<NatsJSProtocolException>(() => consumer.ConsumeAsync<int>(cancellationToken: token));
        Should.Throw<NatsJSProtocolException>(() => consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 1 }, cancellationToken: token));
        (await Server.AnyAsync(token)).ShouldBeFalse();
    }

    [Test]
    [Rule("Consumers", "Pull-specific")]
    public async Task A_pull_keeps_to_the_limits_that_the_consumer_has(CancellationToken token)
    {
        var consumer = Server.Consumer(static x => x with { MaxBatch = 5, MaxBytes = 300, MaxExpires = TimeSpan.FromSeconds(3) });
        var fetching = consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 10 }, cancellationToken: token).ToListAsync(token).AsTask();
        var pull = await Server.NextAsync(token);
        await Server.StatusAsync(pull, "408 Request Timeout");
        await fetching;
        pull.Number("batch").ShouldBe(5);
        pull.Number("max_bytes").ShouldBe(300);
        pull.Number("expires").ShouldBeLessThanOrEqualTo(3_000_000_000);
    }

    private async Task<ApiRequest> FetchedAsync(NatsJSFetchOpts opts, CancellationToken token)
    {
        var fetching = Server.Consumer().FetchAsync<int>(opts, cancellationToken: token).ToListAsync(token).AsTask();
        var pull = await Server.NextAsync(token);
        await Server.StatusAsync(pull, "408 Request Timeout");
        await fetching;
        return pull;
    }
}
